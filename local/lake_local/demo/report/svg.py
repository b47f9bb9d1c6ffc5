"""A little SVG: elements as text, and scales."""

from __future__ import annotations

import math
from html import escape
from typing import Any

INK, MUTED, FAINT, LINE = "#1d2733", "#66727f", "#9aa5b1", "#e4e8ec"
# One colour a table, the same in every chart.
TABLE_COLOURS = {"order_items": "#2a6f97", "order_reviews": "#61a5c2", "closed_deals": "#f4a261", "sellers": "#a9d6e5"}
CURATED, REFUSED, CRAWLER = "#1b4965", "#c8553d", "#cfd8df"
# One star to five.
STARS = ("#c8553d", "#e9a178", "#e6dfd3", "#8fc1d4", "#2a6f97")
_SPARE = ("#7f9c96", "#b5838d", "#6d6875", "#94a684")


class Markup(str):
    """Text that is SVG or HTML already. Whatever is not one is data: `element` escapes it."""

    __slots__ = ()


def colour_of(table: str, position: int = 0) -> str:
    return TABLE_COLOURS.get(table) or _SPARE[position % len(_SPARE)]


def joined(*parts: str) -> Markup:
    """Return parts in one piece; those that are not markup are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def element(name: str, *content: str, **attributes: Any) -> Markup:
    """`element("rect", x=1, stroke_width=2)`."""
    made = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    inner = joined(*content)
    return Markup(f"<{name}{made}>{inner}</{name}>" if inner else f"<{name}{made}/>")


def text(x: float, y: float, content: Any, size: float = 12, fill: str = INK, anchor: str = "start", weight: int | None = None) -> Markup:
    return element("text", str(content), x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, font_weight=weight)


def rect(x: float, y: float, width: float, height: float, fill: str, title: str | None = None, radius: float = 2) -> Markup:
    tip = [element("title", title)] if title else []
    return element("rect", *tip, x=x, y=y, width=max(width, 0), height=max(height, 0), fill=fill, rx=min(radius, width / 2, height / 2))


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, width: float = 1, dash: str | None = None) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash)


def drawing(width: float, height: float, *parts: str, label: str) -> Markup:
    """A picture that scales with its column."""
    return element("svg", *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=label, xmlns="http://www.w3.org/2000/svg")


def ticks(largest: float, wanted: int = 5) -> list[float]:
    """Round numbers from 0 to beyond `largest`."""
    if largest <= 0:
        return [0, 1]
    raw = largest / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw - 1e-12)
    return [step * i for i in range(math.ceil(largest / step - 1e-9) + 1)]


def number(value: float) -> str:
    """12345 -> 12,345; 3.14159 -> 3.14."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def short_number(value: float) -> str:
    """1200000 -> 1.2M."""
    for limit, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.1f}".removesuffix(".0") + suffix
    return f"{value:g}"


def _value(value: Any) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value))
