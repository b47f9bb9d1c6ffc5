"""`lake dlq`: the dead letters, why they failed; run them again, or drop them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..errors import UserError
from .console import Console, show, table
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake dlq                       what failed, and why
  lake dlq replay                run every letter again, with the code that is deployed now
  lake dlq replay 3f2a           one of them: any beginning of its id that no other has
  lake dlq discard 3f2a          give it up
"""
_SHOWN = 8


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "dlq",
        help="show what failed for good; run it again",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show the letters in the dead-letter queue: where they come from, their objects and errors. `replay` invokes the "
        "function with the letter and waits for it; a letter that succeeds is removed, the others stay. Exit code 1 if one fails again.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "replay", "discard"), default="list", help="default: list")
    parser.add_argument("id", nargs="?", metavar="ID", help="one letter, by the beginning of its id (default: all; `discard` asks for one)")
    parser.add_argument("--all", action="store_true", help="discard all letters")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..lake.dead_letters import DeadLetters

    if args.id and args.action == "list":
        raise UserError(f"`lake dlq` lists all letters: to act on one, `lake dlq replay {args.id}` or `lake dlq discard {args.id}`")
    if args.action == "discard" and bool(args.id) == args.all:
        raise UserError("name the letter to discard, or all of them with --all: `lake dlq` lists them")
    letters = DeadLetters(find(args))
    with letters.held() as found:
        if args.action == "list":
            show(json.dumps([one.as_dict() for one in found], indent=1, ensure_ascii=False) if args.output == "json" else render(found))
            return 0
        chosen = choose(found, args.id)
        if args.action == "discard":
            for letter in chosen:
                letters.discard(letter)
            return _tell(args, [{**one.as_dict(), "discarded": True} for one in chosen], f"{len(chosen)} discarded")
        return _replay(args, letters, chosen)


def choose(found: list[Any], beginning: str | None) -> list[Any]:
    """Return the letters whose ids begin so. Raise if none or several do."""
    chosen = [one for one in found if one.id.startswith(beginning or "")]
    if beginning and len(chosen) != 1:
        known = ", ".join(one.id[:_SHOWN] for one in found) or "none"
        what = "several letters have ids that begin" if chosen else "no letter has an id that begins"
        raise UserError(f"{what} with {beginning!r}; there are: {known}")
    return chosen


def _replay(args: argparse.Namespace, letters: Any, chosen: list[Any]) -> int:
    console, outcomes = Console(), []
    for letter in chosen:
        console.update(f"{letter.origin}: {_about(letter)}")
        outcomes.append(letters.replay(letter))
        last = outcomes[-1]
        console.say(f"{letter.id[:_SHOWN]}  {letter.origin}  {_about(letter)}  {'succeeded' if last.ok else f'failed: {last.error}'}")
    failed = [one for one in outcomes if not one.ok]
    _tell(args, [one.as_dict() for one in outcomes], f"{len(outcomes) - len(failed)} succeeded, {len(failed)} failed again and stay")
    return 1 if failed else 0


def _tell(args: argparse.Namespace, documents: list[dict[str, Any]], summary: str) -> int:
    if args.output == "json":
        show(json.dumps(documents, indent=1, ensure_ascii=False))
    Console().say(summary)
    return 0


def render(found: list[Any]) -> str:
    """Return a table with a line for each letter."""
    if not found:
        return "no dead letters"
    rows = [(one.id[:_SHOWN], one.origin or one.source, _about(one), one.sent or "", one.reason or "not logged") for one in found]
    return (
        table(rows, ("ID", "FROM", "OBJECT", "SENT", "REASON")) + "\n\n`lake dlq replay` runs them again with the code that is deployed now"
    )


def _about(letter: Any) -> str:
    more = f" and {len(letter.objects) - 1} more" if len(letter.objects) > 1 else ""
    return letter.objects[0] + more if letter.objects else "(no object)"
