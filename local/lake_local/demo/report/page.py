"""The report's page."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from . import charts
from .flow import flow
from .svg import number

_STYLE = Path(__file__).with_name("style.css")


def page(story: dict[str, Any]) -> str:
    """The whole report as HTML."""
    made = datetime.fromisoformat(story["made"])
    answers = {name: answer["rows"] for name, answer in story["answers"].items()}
    sdr, sellers = answers.get("average-review-per-sdr", []), answers.get("average-review-per-seller", [])
    scores, deals = answers.get("review-scores-by-seller", []), answers.get("deals-and-value-per-seller", [])
    sdr_words = f"Average review of the sellers that each sales development representative won.{_of(sdr, 12)}"
    deal_words = f"{sum(row['deals'] for row in deals):,} deals with {len(deals):,} sellers; the ten sellers of the highest value."
    lake = escape(story["command"])
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
{_half("Review score by SDR", sdr_words, charts.scores_by_sdr(sdr))}
{_half("Review score by seller", f"{len(sellers):,} sellers by their average review.", charts.score_histogram(sellers))}
</section>
<section class="halves">
{_half("Most reviewed sellers", "Shares of one to five stars.", charts.stars_by_seller(scores))}
{_half("Most valuable deals", deal_words, charts.deal_values(deals))}
</section>
<section><h2>Athena and the warehouse say the same</h2>
<p>When the curated job had succeeded, its table was loaded into the warehouse in one transaction. The same questions, asked in
Redshift's SQL through its Data API, have the same answers, row by row.</p>
<div class="scroll">{_warehouse(story)}</div></section>
<section><h2>The workflow, second by second</h2>
<p>One Glue job a table; the curated job starts when the required ones have succeeded. Crawlers keep the catalog up to date.</p>
<div class="scroll">{charts.timeline(story["run"])}</div></section>
<section><h2>What was quarantined, and why</h2>
<p>Rows that cannot be read or cast are kept with the reason, never dropped.</p>
<div class="scroll">{charts.quarantine_reasons(story["tables"])}</div></section>
<section><h2>Who may do what</h2>
<p>Each persona tried the same four things, with credentials of its own. Beside each answer is the statement of the policy that decided.</p>
<div class="scroll">{_access(story["access"])}</div>
<p>What was refused is in the audit, as <code>lake audit --denied</code> shows it.</p>
<div class="scroll">{_denied(story["denied"])}</div></section>
<section class="halves">
{_half("Streams", _stream_words(story["streams"]), _events(story["streams"]["events"]))}
{_half("Where the time went", "Steps of the demo.", _timings(story))}
</section>
<section><h2>Ask it yourself</h2><p>The lake is still up.</p>
<pre><code>{lake} query 'select * from curated_seller_performance limit 10'
{lake} query --warehouse 'select * from lake.deals_and_value_per_seller limit 10'
{lake} status
{lake} down</code></pre></section>
<footer>{made:%d %B %Y, %H:%M} · data: {escape(story["data"]["source"])} · every number here was read from the lake's own APIs:
S3, Glue, CloudWatch Logs, Athena and Redshift.</footer>
</main>"""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data lake demo</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>{body}</body></html>\n"
    )


def _half(title: str, words: str, content: str) -> str:
    return f'<div class="half"><h2>{title}</h2><p>{words}</p>{content}</div>'


def _lead(story: dict[str, Any]) -> str:
    rows = sum(table["rows_in"] for table in story["tables"].values())
    return (
        f"{len(story['data']['files'])} CSV files with {rows:,} rows went through drop, raw and curated: cast, cleaned and joined "
        "by Glue jobs, asked through Athena and in a warehouse. No account, no Docker: the CDK app that ran here is the one that deploys "
        "to AWS."
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


def _warehouse(story: dict[str, Any]) -> str:
    """Return the questions that both were asked."""
    head = '<th>question</th><th class="n">rows</th><th class="n">Athena</th><th class="n">warehouse</th>'
    rows = "".join(
        f'<tr><td>{escape(name.replace("-", " ").capitalize())}</td><td class="n">{len(one["rows"]):,}</td>'
        f'<td class="n">{story["answers"][name]["seconds"]:.2f} s</td><td class="n">{one["seconds"]:.2f} s</td></tr>'
        for name, one in story["warehouse"]["answers"].items()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _access(tries: list[dict[str, Any]]) -> str:
    """Return personas by what they tried."""
    personas = list(dict.fromkeys(one["persona"] for one in tries))
    head = "".join(f"<th>{escape(persona)}</th>" for persona in personas)
    rows = ""
    for what in dict.fromkeys(one["what"] for one in tries):
        cells = "".join(
            f'<td class="{"yes" if one["allowed"] else "no"}">{"yes" if one["allowed"] else "no"}<small>{escape(one["by"])}</small></td>'
            for persona in personas
            for one in tries
            if (one["what"], one["persona"]) == (what, persona)
        )
        rows += f"<tr><td>{escape(what)}</td>{cells}</tr>"
    return f'<table class="access"><tr><th></th>{head}</tr>{rows}</table>'


def _denied(calls: list[dict[str, str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("session", "call", "on", "refused by"))
    rows = "".join("<tr>" + "".join(f"<td>{escape(one[name])}</td>" for name in ("who", "call", "on", "by")) + "</tr>" for one in calls)
    return f"<table><tr>{head}</tr>{rows}</table>"


_STEPS = {
    "up": "start, deploy, prepare data",
    "streams": "streams, event by event",
    "drop": "upload of the tables",
    "run": "workflow",
    "rows": "row counts",
    "answers": "business questions",
    "warehouse": "the same from the warehouse",
    "access": "four personas",
}


def _timings(story: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{escape(_STEPS.get(name, name))}</td><td class="n">{seconds:.1f} s</td></tr>'
        for name, seconds in story["timings"].items()
    )
    total = f'<tr><td><b>all</b></td><td class="n"><b>{story["seconds"]:.1f} s</b></td></tr>'
    return f'<table><tr><th>step</th><th class="n">took</th></tr>{rows}{total}</table>'
