"""olist_order_items_dataset.csv: what was sold, by whom, for how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tables import SCHEMAS

from .file import Broken, TableFile
from .rng import Draws, timestamps

# Items in an order: orders that have so many. Together 98,666 orders and 112,650 items, as in the real file.
ITEMS_PER_ORDER = {
    1: 88_863,
    2: 7_516,
    3: 1_322,
    4: 505,
    5: 204,
    6: 198,
    7: 22,
    8: 8,
    9: 3,
    10: 8,
    11: 4,
    12: 5,
    13: 1,
    14: 2,
    15: 2,
    20: 2,
    21: 1,
}
PRODUCTS_PER_ITEM = 32_951 / 112_650

# Quantiles, from the smallest to the largest in equal steps: prices and freight in cents, days of sale since 2016-09-15.
PRICES = [85, 1990, 2990, 3990, 4990, 5990, 7499, 8990, 10990, 12490, 15990, 19990, 34990]
RARE_PRICES = [34990, 59900, 99900, 189900, 673500]
FREIGHTS = [0, 785, 1185, 1310, 1411, 1510, 1628, 1763, 1822, 1998, 2280, 2870, 6000]
DAYS = [0, 130, 200, 255, 310, 360, 405, 430, 465, 500, 535, 570, 600, 635, 675, 713]
FIRST_DAY = int(np.datetime64("2016-09-15", "s").astype(np.int64))


@dataclass(frozen=True)
class Orders:
    """What the other tables need to know about the orders that have items."""

    ids: list[str]
    sellers: list[int]
    shipped: np.ndarray
    """The shipping limit of each order, in seconds since 1970."""


def order_items(draws: Draws, count: int, sellers: list[str]) -> tuple[TableFile, Orders]:
    """The table, sorted by order as the real one, and its orders. Every seller sells something."""
    sizes = _order_sizes(draws, count)
    orders = len(sizes)
    order_ids = sorted(draws.ids(orders))
    products = max(len(sellers), round(count * PRODUCTS_PER_ITEM))
    product_ids = draws.ids(products)
    product_sellers = np.concatenate([np.arange(len(sellers)), draws.skewed(len(sellers), products - len(sellers))])
    prices = _rounded_prices(draws, products)
    freights = draws.between(FREIGHTS, products)

    bestsellers = draws.order(products)
    first = bestsellers[draws.skewed(products, orders)]
    everyone = draws.sample(orders, min(len(sellers), orders))
    first[everyone] = np.arange(len(everyone))

    shipped = FIRST_DAY + draws.between(DAYS, orders) * 86_400 + draws.integers(0, 86_400, orders)
    shipped_texts = timestamps(shipped)
    same = draws.fractions(count).tolist()
    others = bestsellers[draws.skewed(products, count)].tolist()
    extra = draws.integers(-150, 151, count).tolist()

    rows: list[str] = []
    for order_id, size, product, limit in zip(order_ids, sizes.tolist(), first.tolist(), shipped_texts, strict=True):
        for item in range(1, size + 1):
            at = len(rows)
            if item > 1 and same[at] >= 0.9:
                product = others[at]
            freight = max(0, int(freights[product]) + extra[at])
            rows.append(
                f'"{order_id}",{item},"{product_ids[product]}","{sellers[product_sellers[product]]}",'
                f"{limit},{_amount(int(prices[product]))},{_amount(freight)}"
            )
    table = TableFile(SCHEMAS["order_items"], rows, quoted_header=True, broken=_broken(draws, sellers))
    return table, Orders(order_ids, product_sellers[first].tolist(), shipped)


def _order_sizes(draws: Draws, count: int) -> np.ndarray:
    """How many items each order has, `count` in all; at full size exactly as often as in the real file."""
    real = sum(size * orders for size, orders in ITEMS_PER_ORDER.items())
    sizes = [size for size, orders in ITEMS_PER_ORDER.items() if size > 1 for _ in range(orders * count // real)]
    sizes += [1] * (count - sum(sizes))
    return np.asarray(sizes, dtype=np.int64)[draws.order(len(sizes))]


def _rounded_prices(draws: Draws, count: int) -> np.ndarray:
    prices = np.where(draws.fractions(count) < 0.97, draws.between(PRICES, count), draws.between(RARE_PRICES, count))
    return np.where(draws.fractions(count) < 0.7, np.maximum(prices // 100 * 100 - 10, 85), prices)  # most prices end in ,90


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _broken(draws: Draws, sellers: list[str]) -> list[Broken]:
    ids = iter(draws.ids(18))
    seller = sellers[0]

    def row(number: str = "1", limit: str = "2018-03-09 11:15:22", price: str = "58.90") -> str:
        return f'"{next(ids)}",{number},"{next(ids)}","{seller}",{limit},{price},13.29'

    return [
        Broken(row().rsplit(",", 1)[0]),
        Broken(row() + ",0.00"),
        Broken(f'"{next(ids)}"'),
        Broken(row(price='"58,90"'), "price", "58,90"),
        Broken(row(price="R$ 58.90"), "price", "R$ 58.90"),
        Broken(row(price="n/d"), "price", "n/d"),
        Broken(row(limit="2018-13-45 11:15:22"), "shipping_limit_date", "2018-13-45 11:15:22"),
        Broken(row(limit="2017-02-30 08:30:00"), "shipping_limit_date", "2017-02-30 08:30:00"),
        Broken(row(number="um"), "order_item_id", "um"),
    ]
