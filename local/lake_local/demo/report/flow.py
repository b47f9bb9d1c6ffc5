"""Volume through the zones: bands from drop to raw to curated, and what was quarantined."""

from __future__ import annotations

from typing import Any

from lake_local.names import STAGING

from .svg import CURATED, FAINT, INK, LINE, MUTED, REFUSED, Markup, colour_of, drawing, element, joined, line, number, rect, text

_WIDTH, _LEFT, _BAR, _HEIGHT, _TOP = 960, 150, 22, 230, 46


def flow(story: dict[str, Any]) -> Markup:
    """Each table is a band as thick as it has rows; thin bands are kept visible."""
    largest_first = sorted(story["tables"].items(), key=lambda entry: -entry[1]["rows_in"])
    tables = {name: numbers for name, numbers in largest_first if numbers["rows_in"]}
    total = sum(numbers["rows_in"] for numbers in tables.values()) or 1
    gap = 16
    room = _HEIGHT - gap * max(len(tables) - 1, 0)
    heights = {name: max(4.0, room * numbers["rows_in"] / total) for name, numbers in tables.items()}
    bottom = _TOP + sum(heights.values()) + gap * max(len(tables) - 1, 0)
    stops: dict[str, float] = {"drop": _LEFT, "raw": 480, "curated": 790}
    parts = [_head(stops, story)]
    curated_zone = [zone for zone in story["counts"] if zone not in {"raw"}]
    curated = next(((name, rows) for zone in curated_zone for name, rows in story["counts"][zone].items()), None)
    used = _sources(story)
    curated_height = min(150.0, max(20.0, room * (curated[1] if curated else 0) / total))
    curated_top = _TOP + (bottom - _TOP - curated_height) / 2
    y, inflow = float(_TOP), curated_top
    for position, (name, numbers) in enumerate(tables.items()):
        height, colour = heights[name], colour_of(name, position)
        parts.append(_band(stops["drop"] + _BAR, y, height, stops["raw"], y, height, colour))
        parts.append(rect(stops["drop"], y, _BAR, height, colour, f"{name}: {numbers['rows_in']:,} rows dropped"))
        parts.append(rect(stops["raw"], y, _BAR, height, colour, f"{name}: {numbers['rows_out']:,} rows in raw"))
        if curated and name in used:
            share = curated_height / len(used)
            parts.insert(1, _band(stops["raw"] + _BAR, y, height, stops["curated"], inflow, share, colour, 0.22))
            inflow += share
        middle = y + height / 2
        parts.append(_label(stops["drop"] - 12, middle, name, numbers["rows_in"], height))
        parts.append(text(stops["raw"] + _BAR + 8, middle + 4, f"{numbers['rows_out']:,}", 12, MUTED))
        y += height + gap
    if curated:
        parts.append(rect(stops["curated"], curated_top, _BAR, curated_height, CURATED, f"{curated[0]}: {curated[1]:,} rows"))
        parts.append(text(stops["curated"] + _BAR + 12, curated_top + curated_height / 2 - 4, f"{curated[1]:,}", 20, CURATED, weight=700))
        parts.append(text(stops["curated"] + _BAR + 12, curated_top + curated_height / 2 + 14, curated[0], 12, MUTED))
    refused = sum(numbers["rows_quarantined"] for numbers in tables.values())
    parts.append(_quarantine(stops["drop"] + _BAR / 2, bottom, refused))
    return drawing(_WIDTH, bottom + 74, *parts, label="Rows of each table in the drop, raw and curated zone")


def _head(stops: dict[str, float], story: dict[str, Any]) -> Markup:
    parts, hidden = [], STAGING.removesuffix("/")
    sizes = {zone["zone"]: zone["areas"] for zone in story["zones"]}
    for zone, x in stops.items():
        areas = sizes.get(zone, {})
        count = sum(area["objects"] for name, area in areas.items() if name != hidden)
        megabytes = sum(area["bytes"] for name, area in areas.items() if name != hidden) / 1e6
        parts.append(text(x, 16, zone, 15, INK, weight=700))
        parts.append(text(x, 33, f"{count} object{'' if count == 1 else 's'}, {megabytes:.1f} MB", 11.5, FAINT))
    return joined(*parts)


def _label(x: float, middle: float, name: str, rows: int, height: float) -> Markup:
    """Name and rows of a table: in two lines where the band has room for them."""
    count = f"{rows:,}"
    if height >= 34:
        return joined(text(x, middle - 2, name, 13, INK, "end", 600), text(x, middle + 14, count, 12, MUTED, "end"))
    return joined(text(x, middle + 4, count, 12, MUTED, "end"), text(x - 8 - 7 * len(count), middle + 4, name, 13, INK, "end", 600))


def _sources(story: dict[str, Any]) -> list[str]:
    """The tables that the curated one is made of: those with a job before it."""
    return [name for name in story["tables"] if name != "sellers"]


def _band(x1: float, y1: float, h1: float, x2: float, y2: float, h2: float, colour: str, opacity: float = 0.28) -> Markup:
    middle = (x1 + x2) / 2
    path = (
        f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f} L{x2:.1f},{y2 + h2:.1f} "
        f"C{middle:.1f},{y2 + h2:.1f} {middle:.1f},{y1 + h1:.1f} {x1:.1f},{y1 + h1:.1f} Z"
    )
    return element("path", d=path, fill=colour, opacity=opacity)


def _quarantine(x: float, bottom: float, refused: int) -> Markup:
    y = bottom + 34
    return joined(
        line(x, bottom + 6, x, y - 6, REFUSED if refused else LINE, 1.5, "3 3"),
        element("circle", cx=x, cy=y + 4, r=5, fill=REFUSED if refused else LINE),
        text(x + 16, y + 2, f"{number(refused)} quarantined", 13, REFUSED if refused else MUTED, weight=600),
        text(x + 16, y + 18, "kept beside the drop zone's data, with the reason", 11.5, FAINT),
    )
