"""olist_closed_deals_dataset.csv: which sellers were won, and by whom."""

from __future__ import annotations

import numpy as np
from tables import SCHEMAS

from .file import Broken, TableFile, quoted
from .rng import Draws, timestamps

# Value: how many of the 842 real deals have it.
SEGMENTS = {
    "home_decor": 105,
    "health_beauty": 93,
    "car_accessories": 77,
    "household_utilities": 71,
    "construction_tools_house_garden": 69,
    "audio_video_electronics": 64,
    "computers": 34,
    "pet": 30,
    "food_supplement": 28,
    "food_drink": 26,
    "sports_leisure": 25,
    "bags_backpacks": 22,
    "bed_bath_table": 22,
    "toys": 20,
    "fashion_accessories": 19,
    "phone_mobile": 17,
    "books": 16,
    "home_office_furniture": 14,
    "stationery": 14,
    "home_appliances": 12,
    "watches": 10,
    "small_appliances": 9,
    "baby": 7,
    "gifts": 5,
    "music_instruments": 5,
    "games_consoles": 2,
    "handcrafted": 2,
    "": 1,
}
LEAD_TYPES = {
    "online_medium": 332,
    "online_big": 126,
    "industry": 123,
    "offline": 104,
    "online_small": 77,
    "online_beginner": 57,
    "online_top": 14,
    "": 6,
    "other": 3,
}
PROFILES = {"cat": 407, "": 177, "eagle": 123, "wolf": 95, "shark": 24, "cat, wolf": 8, "eagle, cat": 5, "shark, cat": 1, "shark, wolf": 2}
BUSINESS_TYPES = {"reseller": 587, "manufacturer": 242, "": 10, "other": 3}
STOCKS = {"": 776, "5-20": 22, "50-200": 12, "1-5": 13, "20-50": 11, "200+": 8}
TRUTHS = {"": 779, "True": 58, "False": 5}
CATALOG_SIZES = {"": 773, "1.0": 1, "20.0": 7, "50.0": 8, "100.0": 13, "200.0": 12, "300.0": 10, "500.0": 8, "1000.0": 7, "2000.0": 3}
REVENUES = {
    "0.0": 740,
    "6.0": 1,
    "1000.0": 4,
    "5000.0": 10,
    "8000.0": 8,
    "10000.0": 14,
    "15000.0": 8,
    "20000.0": 13,
    "30000.0": 10,
    "50000.0": 11,
    "100000.0": 9,
    "150000.0": 5,
    "250000.0": 4,
    "500000.0": 2,
    "8000000.0": 1,
    "50000000.0": 1,
}
FIRST_WON = int(np.datetime64("2017-12-05", "s").astype(np.int64))
DAYS = [0, 40, 60, 80, 105, 125, 140, 155, 165, 180, 200, 230, 280, 344]
SDRS, SRS = 32, 22
IN_SELLERS = 380 / 842
SECOND_DEALS = 0.02


def closed_deals(draws: Draws, count: int, sellers: list[str]) -> TableFile:
    """The table. As in the real one, 380 of 842 deals are with sellers that sold something.

    Unlike there, some sellers have a second deal: otherwise counting deals for each seller would be no question.
    """
    known = min(round(count * IN_SELLERS), len(sellers))
    seconds = int(known * SECOND_DEALS) or 1
    with_sales = draws.sample(len(sellers), known - seconds)
    chosen = [sellers[index] for index in with_sales.tolist()]
    chosen += [chosen[index] for index in draws.integers(0, len(chosen), seconds).tolist()]
    chosen += draws.ids(count - known)
    order = draws.order(count)
    mqls, sdrs, srs = draws.ids(count), draws.ids(SDRS), draws.ids(SRS)
    rows_of_fields = zip(
        mqls,
        [chosen[index] for index in order.tolist()],
        [sdrs[index] for index in draws.skewed(SDRS, count).tolist()],
        [srs[index] for index in draws.skewed(SRS, count).tolist()],
        timestamps(FIRST_WON + draws.between(DAYS, count) * 86_400 + draws.integers(8 * 3600, 23 * 3600, count)),
        *(
            _choices(draws, values, count)
            for values in (
                SEGMENTS,
                LEAD_TYPES,
                PROFILES,
                TRUTHS,
                TRUTHS,
                STOCKS,
                BUSINESS_TYPES,
                CATALOG_SIZES,
                REVENUES,
            )
        ),
        strict=True,
    )
    rows = [",".join(fields) for fields in rows_of_fields]
    return TableFile(SCHEMAS["closed_deals"], rows, broken=_broken(draws, sellers[0], sdrs[0], srs[0]))


def _choices(draws: Draws, values: dict[str, int], count: int) -> list[str]:
    texts = [quoted(value) for value in values]
    return [texts[index] for index in draws.weighted(list(values.values()), count).tolist()]


def _broken(draws: Draws, seller: str, sdr: str, sr: str) -> list[Broken]:
    one, two, three = draws.ids(3)
    good = f"{seller},{sdr},{sr},2018-05-04 14:11:09,pet,online_medium,cat,,,,reseller,"
    return [
        Broken(f"{one},{good},sob consulta", "declared_monthly_revenue", "sob consulta"),
        Broken(
            f"{two},{good},10000.0".replace("2018-05-04", "2018-06-31"),
            "won_date",
            "2018-06-31 14:11:09",
        ),
        Broken(f"{three},{seller},{sdr}"),
    ]
