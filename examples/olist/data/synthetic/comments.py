"""Comments as customers in Brazil write them: accents, line breaks, quotes, commas, and whatever else a CSV parser must bear."""

from __future__ import annotations

TITLES = {
    1: ["Péssimo", "Não recebi o produto", "Não recomendo", "Produto errado", "Decepção!!!", "nunca mais", '"Original"?', "1"],
    2: ["Ruim", "Atrasou", "Veio com defeito", "Esperava mais", "Não gostei"],
    3: ["Regular", "Bom, mas demorou", "Mais ou menos", "Razoável", "ok"],
    4: ["Bom", "Gostei", "Muito bom", "Boa compra", "recomendo"],
    5: ["Recomendo", "Excelente", "Super recomendo", "Ótimo", "Muito bom!", "Perfeito", "10", "Nota 10", "👍", 'Amei, "top" demais'],
}

OPENINGS = {
    1: [
        "Comprei dois e recebi só um.",
        "Até agora não recebi meu produto.",
        "O produto veio quebrado,",
        "Veio a cor errada e",
        "Estou aguardando há mais de 30 dias;",
        'Anunciado como "original", mas é falso.',
        "Não é o que está na foto.",
    ],
    2: ["Demorou muito para chegar", "A qualidade não é boa,", "O material é fraco,", "Faltou uma peça na caixa.", "Chegou amassado,"],
    3: [
        "O produto é bom, mas atrasou.",
        "Atendeu em parte,",
        "Produto razoável,",
        "Chegou no prazo, porém a embalagem veio aberta.",
        "O tamanho é menor do que parece,",
    ],
    4: ["Gostei do produto,", "Chegou antes do prazo.", "Produto de boa qualidade,", "Tudo certo com a entrega,", "Bom custo-benefício."],
    5: [
        "Recebi bem antes do prazo estipulado.",
        "Parabéns à loja, adorei!",
        "Produto excelente,",
        "Entrega super rápida,",
        "Veio tudo certinho e muito bem embalado.",
        "Aparelho eficiente, no site a marca é outra,",
        "Amei o produto!!!",
    ],
}

ENDINGS = {
    1: [
        "quero meu dinheiro de volta.",
        "já reclamei e ninguém responde!",
        "péssimo atendimento.",
        "gostaria de uma solução, por favor",
        'o vendedor disse: "aguarde". Estou aguardando...',
        "não comprem nessa loja",
    ],
    2: ["não compraria de novo.", "fiquei decepcionada.", "espero que melhorem.", "poderia ser melhor"],
    3: ["pelo preço está ok.", "serve, mas nada demais.", "poderia ter mais informação no site.", "vou usar assim mesmo"],
    4: ["recomendo.", "só a embalagem poderia ser melhor.", "compraria de novo.", "atendeu às expectativas"],
    5: [
        "super recomendo!",
        "comprarei outras vezes.",
        "loja de confiança, nota 10.",
        "muito obrigada 😊",
        'meu filho disse "uau"!',
        "perfeito, igual à foto \\o/",
    ],
}

JOINTS = (" ", " ", " ", " ", "\r\n", "\n", "\r\n\r\n", ", ")
EXTRAS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " Att, Maria",
    " - João",
    " (Comprei pelo celular; veio na cor 'azul\\preto')",
    "\n",
    " ",
    " \\",
    "\r\nPS: a nota fiscal veio com 2,5% de desconto",
)


def title(score: int, draw: int) -> str:
    return TITLES[score][draw % 997 % len(TITLES[score])]


def message(score: int, draw: int) -> str:
    """A comment for a score, chosen by the digits of a random number."""
    openings, endings = OPENINGS[score], ENDINGS[score]
    draw, opening = divmod(draw, len(openings))
    draw, ending = divmod(draw, len(endings))
    draw, joint = divmod(draw, len(JOINTS))
    _, extra = divmod(draw, len(EXTRAS))
    return openings[opening] + JOINTS[joint] + endings[ending] + EXTRAS[extra]
