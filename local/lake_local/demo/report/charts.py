"""The report's other charts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .svg import (
    CRAWLER,
    CURATED,
    FAINT,
    INK,
    LINE,
    MUTED,
    REFUSED,
    STARS,
    Markup,
    colour_of,
    drawing,
    element,
    line,
    number,
    rect,
    short_number,
    text,
    ticks,
)

_HALF = 460


def scores_by_sdr(rows: list[dict[str, Any]], most: int = 12) -> Markup:
    """A dot a development representative: further right is better, larger is more reviews."""
    shown = sorted((row for row in rows if row["average_review"] is not None), key=lambda row: -row["reviews"])[:most]
    shown.sort(key=lambda row: -row["average_review"])
    if not shown:
        return nothing("no reviews")
    height, left, right, top = 24, 100, 370, 26
    low: float = min(3.0, min(row["average_review"] for row in shown) // 0.5 * 0.5)
    most_reviews = max(row["reviews"] for row in shown) or 1

    def x(score: float) -> float:
        return left + (right - left) * (score - low) / (5 - low)

    bottom = top + height * len(shown)
    parts = []
    score = low
    while score <= 5:
        parts.append(line(x(score), top - 6, x(score), bottom))
        parts.append(text(x(score), top - 12, f"{score:g}", 11, FAINT, "middle"))
        score += 0.5
    for i, row in enumerate(shown):
        y = top + height * i + height / 2
        radius = 4 + 6 * (row["reviews"] / most_reviews) ** 0.5
        parts.append(line(left, y, x(row["average_review"]), y, LINE, 2))
        tip = element("title", f"{row['sdr_id']}: {row['average_review']:.3f} of {row['reviews']:,} reviews, {row['sellers']} sellers")
        parts.append(element("circle", tip, cx=x(row["average_review"]), cy=y, r=radius, fill=CURATED))
        parts.append(text(left - 10, y + 4, _id(row["sdr_id"]), 11.5, MUTED, "end"))
        parts.append(text(right + 18, y + 4, f"{row['average_review']:.2f}", 12, INK, weight=600))
        parts.append(text(_HALF, y + 4, f"{row['reviews']:,}", 11.5, FAINT, "end"))
    parts.append(text(_HALF, top - 12, "reviews", 11, FAINT, "end"))
    return drawing(_HALF, bottom + 6, *parts, label="Average review of the sellers of each SDR")


def score_histogram(rows: list[dict[str, Any]]) -> Markup:
    """How many sellers have which average."""
    scores = [row["average_review"] for row in rows if row["average_review"] is not None]
    bins = [0] * 16
    for score in scores:
        bins[min(int((score - 1) * 4), 15)] += 1
    left, right, top, bottom = 34, _HALF, 12, 210
    upper = ticks(max(bins, default=1), 4)
    width = (right - left) / len(bins)
    parts = []
    for tick in upper:
        y = bottom - (bottom - top) * tick / upper[-1]
        parts += [line(left, y, right, y), text(left - 8, y + 4, f"{tick:g}", 11, FAINT, "end")]
    for i, count in enumerate(bins):
        low = 1 + i / 4
        height = (bottom - top) * count / upper[-1]
        colour = STARS[min(int(low) - 1, 4)] if low < 4.5 else STARS[4]
        parts.append(
            rect(left + i * width + 1.5, bottom - height, width - 3, height, colour, f"{low:g} to {low + 0.25:g}: {count} sellers")
        )
    for score in range(1, 6):
        parts.append(text(left + (score - 1) * 4 * width, bottom + 18, str(score), 11.5, MUTED, "middle" if score < 5 else "end"))
    if scores:
        mean = sum(scores) / len(scores)
        x = left + (mean - 1) * 4 * width
        parts += [line(x, top, x, bottom, INK, 1, "3 3"), text(x - 6, top + 4, f"mean {mean:.2f}", 11.5, INK, "end", 600)]
    parts.append(text((left + right) / 2, bottom + 36, "average review of a seller", 11.5, FAINT, "middle"))
    return drawing(_HALF, bottom + 42, *parts, label="Number of sellers by their average review")


def stars_by_seller(rows: list[dict[str, Any]], most: int = 10) -> Markup:
    """The sellers with most reviews: what share of them has how many stars."""
    shown = sorted(rows, key=lambda row: (-row["reviews"], row["seller_id"]))[:most]
    if not shown:
        return nothing("no reviews")
    names = ("one_star", "two_stars", "three_stars", "four_stars", "five_stars")
    height, left, right, top = 26, 100, 410, 30
    parts = []
    x = float(left)
    for stars, colour in enumerate(STARS, 1):
        parts += [rect(x, 6, 10, 10, colour), text(x + 15, 15, f"{stars}★", 11, MUTED)]
        x += 50
    for i, row in enumerate(shown):
        y = top + height * i
        x = float(left)
        for name, colour in zip(names, STARS, strict=True):
            width = (right - left) * row[name] / (row["reviews"] or 1)
            if width:
                parts.append(
                    rect(x, y, max(width - 1, 0.5), height - 9, colour, f"{row['seller_id']}: {row[name]} {name.replace('_', ' ')}", 1)
                )
            x += width
        parts.append(text(left - 10, y + 13, _id(row["seller_id"]), 11.5, MUTED, "end"))
        parts.append(text(_HALF, y + 13, f"{row['reviews']:,}", 12, INK, "end", 600))
    parts.append(text(_HALF, 15, "reviews", 11, FAINT, "end"))
    return drawing(_HALF, top + height * len(shown), *parts, label="Stars of the sellers with most reviews")


def deal_values(rows: list[dict[str, Any]], most: int = 10) -> Markup:
    """The sellers with the highest deal value."""
    shown = [row for row in rows if row["deal_value"]][:most]
    if not shown:
        return nothing("no deals with a value")
    height, left, right, top = 26, 100, 380, 30
    largest = max(row["deal_value"] for row in shown)
    parts = [text(_HALF, 15, "deals", 11, FAINT, "end"), text(left, 15, "declared monthly revenue", 11, FAINT)]
    for i, row in enumerate(shown):
        y = top + height * i
        width = (right - left) * row["deal_value"] / largest
        parts.append(rect(left, y, width, height - 9, colour_of("closed_deals"), f"{row['seller_id']}: {row['deal_value']:,.0f}"))
        inside = width > 70
        parts.append(
            text(
                left + width - 6 if inside else left + width + 6,
                y + 13,
                short_number(row["deal_value"]),
                11.5,
                "#5a3412" if inside else MUTED,
                "end" if inside else "start",
                600,
            )
        )
        parts.append(text(left - 10, y + 13, _id(row["seller_id"]), 11.5, MUTED, "end"))
        parts.append(text(_HALF, y + 13, f"{row['deals']:,}", 12, INK, "end", 600))
    return drawing(_HALF, top + height * len(shown), *parts, label="Sellers with the highest deal value")


def timeline(run: dict[str, Any]) -> Markup:
    """Crawlers and jobs of the run, when they ran."""
    steps = [step for step in run["steps"] if step["started"] and step["seconds"] is not None]
    if not steps:
        return nothing("no step has run")
    zero = min(datetime.fromisoformat(step["started"]) for step in steps)
    bars = [((datetime.fromisoformat(step["started"]) - zero).total_seconds(), step) for step in steps]
    end = max(start + step["seconds"] for start, step in bars)
    scale = ticks(end, 6)
    left, right, top, height = 190, 940, 28, 30

    def x(seconds: float) -> float:
        return left + (right - left) * seconds / scale[-1]

    bottom = top + height * len(bars)
    parts = []
    for tick in scale:
        parts += [line(x(tick), top - 8, x(tick), bottom), text(x(tick), top - 13, f"{tick:g} s", 11, FAINT, "middle")]
    for i, (start, step) in enumerate(bars):
        y = top + height * i + 5
        job = step["kind"] == "job"
        colour = colour_of(step["name"]) if job and step["name"] in {"order_items", "order_reviews", "closed_deals", "sellers"} else CURATED
        colour = colour if job else CRAWLER
        if step["state"] != "SUCCEEDED":
            colour = REFUSED
        width = max(x(start + step["seconds"]) - x(start), 3)
        parts.append(rect(x(start), y, width, height - 12, colour, f"{step['name']}: {step['state'].lower()}, {step['seconds']:.1f} s", 3))
        parts.append(
            text(
                left - 14,
                y + 13,
                step["name"] if job else f"{step['name']} crawler",
                12.5,
                INK if job else MUTED,
                "end",
                600 if job else None,
            )
        )
        after = x(start) + width + 7
        if after + 44 > _WIDE:
            parts.append(text(x(start) - 7, y + 13, f"{step['seconds']:.1f} s", 11.5, MUTED, "end"))
        else:
            parts.append(text(after, y + 13, f"{step['seconds']:.1f} s", 11.5, MUTED))
    return drawing(_WIDE, bottom + 4, *parts, label="Crawlers and jobs of the workflow's run over time")


_WIDE = 960


def quarantine_reasons(tables: dict[str, Any], most: int = 12) -> Markup:
    """Why rows were quarantined."""
    reasons = [(name, reason, count) for name, numbers in tables.items() for reason, count in numbers["reasons"].items()]
    reasons.sort(key=lambda entry: -entry[2])
    if not reasons:
        return nothing("nothing was quarantined")
    left, right, top, height = 420, 880, 6, 28
    largest = reasons[0][2]
    parts = []
    for i, (name, reason, count) in enumerate(reasons[:most]):
        y = top + height * i
        label = reason if len(reason) <= 46 else reason[:45] + "…"
        parts.append(text(left - 14, y + 14, label, 12.5, INK, "end"))
        parts.append(text(0, y + 14, name, 12, MUTED))
        parts.append(rect(left, y, max((right - left) * count / largest, 3), height - 9, REFUSED, f"{name}: {reason}: {count}"))
        parts.append(text(left + max((right - left) * count / largest, 3) + 8, y + 14, number(count), 12, REFUSED, weight=600))
    return drawing(_WIDE, top + height * min(len(reasons), most), *parts, label="Quarantined rows by reason")


def nothing(words: str) -> Markup:
    return element("p", words, class_="nothing")


def _id(text_: str | None) -> str:
    """Olist's ids are 32 hexadecimal digits: the first ones tell them apart."""
    return (text_ or "–")[:8] + ("…" if text_ and len(text_) > 8 else "")
