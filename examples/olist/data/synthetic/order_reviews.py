"""olist_order_reviews_dataset.csv: what customers thought of their orders."""

from __future__ import annotations

import numpy as np
from tables import SCHEMAS

from .comments import message, title
from .file import Broken, TableFile, quoted
from .order_items import Orders
from .rng import Draws, timestamps

# How often customers of poor to excellent sellers give 1 to 5 stars. All together it is about as in the real file: 11 % 1, 58 % 5.
SCORES_BY_QUALITY = [(45, 8, 12, 13, 22), (21, 5, 11, 20, 43), (10, 3, 8, 21, 58), (6, 2, 7, 20, 65), (3, 1, 5, 16, 75)]
QUALITIES = (8, 17, 35, 28, 12)

WITH_SECOND_REVIEW = 0.0055
OF_ORDERS_WITHOUT_ITEMS = 0.0077
SAME_REVIEW_FOR_ANOTHER_ORDER = 0.0082
WITH_TITLE, WITH_MESSAGE = 0.117, 0.413
DAYS_TO_REVIEW = [-3, 1, 3, 5, 6, 8, 10, 12, 15, 20, 30, 60]
DAY = 86_400


def order_reviews(draws: Draws, count: int, orders: Orders, sellers: int) -> TableFile:
    """The table. Some orders have two reviews, some none; some reviews are of orders without items; and some review ids come twice, the
    same review for several orders: all that as in the real file, whose key is not review_id either."""
    reviewed, scores, days = _reviewed_orders(draws, count, orders, sellers)
    ids = draws.ids(count)
    comment_draws = draws.integers(0, 1 << 62, count).tolist()
    titles = [quoted(title(*each)) for each in zip(scores, comment_draws, strict=True)]
    messages = [quoted(message(*each)) for each in zip(scores, comment_draws, strict=True)]
    for texts, share in ((titles, WITH_TITLE), (messages, WITH_MESSAGE)):
        for at in np.flatnonzero(draws.fractions(count) >= share).tolist():
            texts[at] = ""

    repeated = draws.sample(count - 1, round(count * SAME_REVIEW_FOR_ANOTHER_ORDER)).tolist()
    for at in repeated:
        if reviewed[at] != reviewed[at + 1]:
            for column in (ids, scores, titles, messages):
                column[at + 1] = column[at]

    created = timestamps(days)
    answered = timestamps(days + draws.between([0, 1, 1, 2, 2, 3, 4, 8], count) * DAY + draws.integers(0, DAY, count))
    order = draws.order(count).tolist()
    rows = [f"{ids[at]},{reviewed[at]},{scores[at]},{titles[at]},{messages[at]},{created[at]},{answered[at]}" for at in order]
    return TableFile(SCHEMAS["order_reviews"], rows, line_end="\r\n", broken=_broken(draws, orders.ids))


def _reviewed_orders(draws: Draws, count: int, orders: Orders, sellers: int) -> tuple[list[str], list[int], np.ndarray]:
    """For each review its order, its score and the second of its creation."""
    total = len(orders.ids)
    strangers = max(1, int(count * OF_ORDERS_WITHOUT_ITEMS))
    twice = draws.sample(total, int(total * WITH_SECOND_REVIEW))
    once = draws.sample(total, min(count - strangers - len(twice), total))
    of_orders = np.concatenate([once, twice])
    strangers = count - len(of_orders)  # more when there are not enough orders
    reviewed = [orders.ids[index] for index in of_orders.tolist()] + draws.ids(strangers)

    qualities = draws.weighted(QUALITIES, sellers)
    quality = np.concatenate([qualities[np.asarray(orders.sellers)[of_orders]], np.zeros(strangers, dtype=np.int64)])
    limits = np.asarray([np.cumsum(each) for each in SCORES_BY_QUALITY])[quality]
    scores = ((draws.integers(0, 100, count)[:, None] >= limits).sum(axis=1) + 1).tolist()

    shipped = np.concatenate([orders.shipped[of_orders], orders.shipped[draws.integers(0, total, strangers)]])
    days = (shipped // DAY + draws.between(DAYS_TO_REVIEW, count)) * DAY
    return reviewed, scores, days


def _broken(draws: Draws, orders: list[str]) -> list[Broken]:
    ids = draws.ids(6)
    order = orders[0]
    end = "2018-03-20 00:00:00,2018-03-22 10:05:01"
    return [
        Broken(f"{ids[0]},{order},cinco,,,{end}", "review_score", "cinco"),
        Broken(f'{ids[1]},{order},5 estrelas,"Ótimo","Chegou rápido,\r\nrecomendo!",{end}', "review_score", "5 estrelas"),
        Broken(f"{ids[2]},{order},1,,Comprei dois, recebi um,{end}"),
        Broken(f"{ids[3]},{order},4"),
        Broken(
            f"{ids[4]},{order},5,,,2018-02-30 00:00:00,2018-03-02 10:05:01",
            "review_creation_date",
            "2018-02-30 00:00:00",
        ),
        Broken(
            f"{ids[5]},{order},3,,,2018-03-20 00:00:00,2018-03-22 25:61:00",
            "review_answer_timestamp",
            "2018-03-22 25:61:00",
        ),
    ]
