"""olist_sellers_dataset.csv: who sells, and where from."""

from __future__ import annotations

from tables import SCHEMAS

from .file import Broken, TableFile
from .rng import Draws

# State, its share of the 3,095 sellers, its range of zip code prefixes, its cities in the order of their size.
STATES: list[tuple[str, int, int, int, list[str]]] = [
    (
        "SP",
        1849,
        1001,
        19990,
        [
            "sao paulo",
            "ribeirao preto",
            "guarulhos",
            "ibitinga",
            "santo andre",
            "campinas",
            "sao jose do rio preto",
            "sao bernardo do campo",
            "osasco",
            "franca",
            "piracicaba",
            "sorocaba",
            "santa barbara d'oeste",
            "são paulo",
            "sp / sp",
            "santa barbara d´oeste",
        ],
    ),
    ("PR", 349, 80010, 87990, ["curitiba", "maringa", "londrina", "cascavel", "foz do iguacu"]),
    ("MG", 244, 30110, 39990, ["belo horizonte", "juiz de fora", "contagem", "uberlandia", "divinopolis"]),
    ("SC", 190, 88010, 89990, ["joinville", "florianopolis", "blumenau", "itajai", "balneario camboriu"]),
    ("RJ", 171, 20010, 28990, ["rio de janeiro", "petropolis", "niteroi", "nova friburgo", "rio de janeiro, rio de janeiro, brasil"]),
    ("RS", 129, 90010, 99990, ["porto alegre", "caxias do sul", "novo hamburgo", "santa maria"]),
    ("GO", 40, 72800, 76790, ["goiania", "anapolis", "aparecida de goiania"]),
    ("DF", 30, 70040, 73380, ["brasilia", "gama", "brasilia df"]),
    ("ES", 23, 29010, 29990, ["vila velha", "vitoria", "serra"]),
    ("BA", 19, 40010, 48990, ["salvador", "lauro de freitas", "feira de santana"]),
    ("CE", 13, 60010, 63990, ["fortaleza", "juazeiro do norte"]),
    ("PE", 9, 50010, 56990, ["recife", "petrolina"]),
    ("PB", 6, 58010, 58990, ["joao pessoa", "campina grande"]),
    ("RN", 5, 59010, 59990, ["natal", "parnamirim"]),
    ("MS", 5, 79002, 79990, ["campo grande", "dourados"]),
    ("MT", 4, 78005, 78890, ["cuiaba", "rondonopolis"]),
    ("PA", 3, 66010, 68890, ["belem"]),
    ("RO", 2, 76801, 76990, ["porto velho"]),
    ("SE", 2, 49010, 49990, ["aracaju"]),
    ("MA", 1, 65010, 65990, ["sao luis"]),
    ("AM", 1, 69005, 69290, ["manaus"]),
]


def sellers(draws: Draws, count: int) -> tuple[TableFile, list[str]]:
    """The table, and the ids of its sellers in the order of the file."""
    ids = draws.ids(count)
    states = draws.weighted([state[1] for state in STATES], count).tolist()
    places = draws.fractions(count)
    zips = draws.fractions(count)
    rows = []
    for seller, number, place, zip_code in zip(ids, states, places.tolist(), zips.tolist(), strict=True):
        state, _, first, last, cities = STATES[number]
        city = cities[int(place * place * len(cities))]
        rows.append(f'"{seller}","{first + int(zip_code * (last - first)):05d}","{city}","{state}"')
    one, other = draws.ids(2)
    broken = [
        Broken(f'"{one}",20081,rio de janeiro, centro,"RJ"'),
        Broken(f'"{other}","01310","sao paulo"'),
    ]
    return TableFile(SCHEMAS["sellers"], rows, quoted_header=True, broken=broken), ids
