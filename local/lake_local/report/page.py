"""The report's page."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from . import charts
from .flow import flow
from .svg import number

_STYLE = """
:root { color-scheme: light; --ink: #1d2733; --muted: #66727f; --faint: #9aa5b1; --line: #e4e8ec; --accent: #1b4965; --paper: #fbfbf9; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 -apple-system, "Segoe UI", "Inter", "Helvetica Neue", "DejaVu Sans",
  Arial, sans-serif; -webkit-font-smoothing: antialiased; }
main { max-width: 1064px; margin: 0 auto; padding: 72px 32px 96px; }
h1 { font-size: clamp(30px, 4.6vw, 46px); line-height: 1.12; letter-spacing: -0.025em; margin: 0 0 14px; font-weight: 750; max-width: 17em; }
h2 { font-size: 21px; letter-spacing: -0.012em; margin: 0 0 4px; font-weight: 700; }
.lead { color: var(--muted); font-size: 17.5px; max-width: 44em; margin: 0; }
.eyebrow { color: var(--accent); font-size: 13px; font-weight: 650; letter-spacing: 0.09em; text-transform: uppercase; margin: 0 0 14px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 0; margin: 48px 0 24px;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.figures div { padding: 20px 18px 18px 0; }
.figures b { display: block; font-size: 30px; line-height: 1.15; letter-spacing: -0.02em; font-weight: 700; font-variant-numeric: tabular-nums; }
.figures span { color: var(--muted); font-size: 13.5px; }
section { margin-top: 64px; }
section > p, .half > p { color: var(--muted); margin: 0 0 22px; font-size: 15px; max-width: 46em; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 56px 56px; }
svg { display: block; width: 100%; height: auto; font-family: inherit; font-variant-numeric: tabular-nums; overflow: visible; }
.scroll { overflow-x: auto; }
.scroll svg { min-width: 720px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--faint); font-weight: 500; font-size: 12.5px; }
th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; padding-right: 0; padding-left: 14px; }
code { font: 13.5px/1.6 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; }
pre { background: #f1f3f4; border-radius: 8px; padding: 16px 20px; overflow-x: auto; margin: 0; }
footer { margin-top: 72px; padding-top: 20px; border-top: 1px solid var(--line); color: var(--faint); font-size: 13px; }
.nothing { color: var(--faint) !important; font-style: italic; }
@media (max-width: 600px) { main { padding: 40px 18px 64px; } section { margin-top: 48px; } }
@media print { body { background: white; } section { break-inside: avoid; } }
"""


def page(story: dict[str, Any]) -> str:
    """The whole report as HTML."""
    made = datetime.fromisoformat(story["made"])
    answers = {name: answer["rows"] for name, answer in story["answers"].items()}
    sdr, sellers = answers.get("average-review-per-sdr", []), answers.get("average-review-per-seller", [])
    scores, deals = answers.get("review-scores-by-seller", []), answers.get("deals-and-value-per-seller", [])
    body = f"""
<main>
<header>
<p class="eyebrow">cdk-datalake-accelerator</p>
<h1>From dropped files to answers, in one lake on one machine</h1>
<p class="lead">{_lead(story)}</p>
</header>
{_figures(story)}
<section><h2>Volume through the zones</h2>
<p>Every row that was dropped is in the raw zone or in quarantine. Curated joins three of the tables: order items, their reviews, and the
deals that won their sellers.</p>
<div class="scroll">{flow(story)}</div></section>
<section class="halves">
<div class="half"><h2>Review score by SDR</h2><p>Average review of the sellers that each sales development representative won.{_of(sdr, 12)}</p>{charts.scores_by_sdr(sdr)}</div>
<div class="half"><h2>Review score by seller</h2><p>{len(sellers):,} sellers by their average review.</p>{charts.score_histogram(sellers)}</div>
</section>
<section class="halves">
<div class="half"><h2>Most reviewed sellers</h2><p>Shares of one to five stars.</p>{charts.stars_by_seller(scores)}</div>
<div class="half"><h2>Most valuable deals</h2><p>{sum(row["deals"] for row in deals):,} deals with {len(deals):,} sellers; the ten sellers of the highest value.</p>{charts.deal_values(deals)}</div>
</section>
<section><h2>The workflow, second by second</h2>
<p>One Glue job a table; the curated job starts when the required ones have succeeded. Crawlers keep the catalog up to date.</p>
<div class="scroll">{charts.timeline(story["run"])}</div></section>
<section><h2>What was quarantined, and why</h2>
<p>Rows that cannot be read or cast are kept with the reason, never dropped.</p>
<div class="scroll">{charts.quarantine_reasons(story["tables"])}</div></section>
<section class="halves">
<div class="half"><h2>Streams</h2><p>{_stream_words(story["streams"])}</p>{_events(story["streams"]["events"])}</div>
<div class="half"><h2>Where the time went</h2><p>Steps of the demo.</p>{_timings(story)}</div>
</section>
<section><h2>Ask it yourself</h2><p>The lake is still up.</p>
<pre><code>lake query 'select * from curated_seller_performance limit 10'
lake status
lake down</code></pre></section>
<footer>{escape(f"{made:%d %B %Y, %H:%M}")} · data: {escape(story["data"]["source"])} · every number here was read from the lake's own APIs: S3, Glue, CloudWatch
Logs and Athena.</footer>
</main>"""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data lake demo</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _lead(story: dict[str, Any]) -> str:
    rows = sum(table["rows_in"] for table in story["tables"].values())
    files = len(story["data"]["files"])
    return (
        f"{files} CSV files with {rows:,} rows went through drop, raw and curated: crawled, cast, cleaned and joined by Glue jobs, and asked "
        f"through Athena. No account, no Docker: the CDK app that ran here is the one that deploys to AWS."
    )


def _figures(story: dict[str, Any]) -> str:
    tables = story["tables"].values()
    curated = sum(sum(found.values()) for zone, found in story["counts"].items() if zone != "raw")
    median = story["streams"]["median_seconds"]
    figures = [
        (number(sum(table["rows_in"] for table in tables)), "rows dropped"),
        (number(sum(table["rows_out"] for table in tables)), "rows in raw"),
        (number(sum(table["rows_quarantined"] for table in tables)), "rows quarantined"),
        (number(curated), "rows in curated"),
        (f"{story['run']['seconds']:.1f} s", "drop to curated"),
        (f"{median * 1000:.0f} ms" if median is not None else "–", "per event, median"),
    ]
    return (
        '<div class="figures">' + "".join(f"<div><b>{escape(value)}</b><span>{label}</span></div>" for value, label in figures) + "</div>"
    )


def _of(rows: list[Any], most: int) -> str:
    return (
        f" The {most} with most reviews of {len(rows)}; a larger dot has more of them."
        if len(rows) > most
        else " A larger dot has more reviews."
    )


def _stream_words(streams: dict[str, Any]) -> str:
    words = f"{streams['arrived']} events arrived in the next zone"
    if streams["quarantined"]:
        words += f", {streams['quarantined']} {'was' if streams['quarantined'] == 1 else 'were'} quarantined at once"
    if streams["cold_seconds"] is not None:
        words += f"; the first of a stream starts its function ({streams['cold_seconds']:.1f} s at most)"
    return words + "."


def _events(events: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(event['file'])}</td><td>{escape(event['stream'])}</td><td>{escape(event['outcome'])}</td>"
        f'<td class="n">{event["seconds"]:.2f} s</td></tr>'
        for event in events
    )
    return f'<table><tr><th>file</th><th>stream</th><th></th><th class="n">after</th></tr>{rows}</table>'


_STEPS = {
    "up": "start, deploy, prepare data",
    "streams": "streams, event by event",
    "drop": "upload of the tables",
    "run": "workflow",
    "rows": "row counts",
    "answers": "business questions",
}


def _timings(story: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{_STEPS.get(name, name)}</td><td class="n">{seconds:.1f} s</td></tr>' for name, seconds in story["timings"].items()
    )
    return f'<table><tr><th>step</th><th class="n">took</th></tr>{rows}<tr><td><b>all</b></td><td class="n"><b>{story["seconds"]:.1f} s</b></td></tr></table>'
