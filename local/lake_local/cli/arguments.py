"""What an argument may be: each function returns its value, or says what is wrong with it and what to give."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ..errors import UserError

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_LARGEST_PORT = 65535


def port(text: str) -> int:
    """Return the number of a port."""
    return _whole_number(text, 1, _LARGEST_PORT)


def seed(text: str) -> int:
    """Return a seed of random numbers."""
    return _whole_number(text, 0, 2**32 - 1)


def scale(text: str) -> float:
    """Return a size of generated data, in parts of the real size."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give a number over 0 and up to 100, such as 0.05")
    return value


def region(text: str) -> str:
    """Return the name of a region."""
    if not _REGION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no region: give one such as us-east-1")
    return text


def condition_key(text: str) -> tuple[str, str]:
    """Return the name and the value of a condition key."""
    name, separator, value = text.partition("=")
    if not separator or ":" not in name:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition key: give one such as s3:prefix=tables/orders/")
    return name, value


def text_of(file: str) -> str:
    """Return the text of a file. Raise if it is none."""
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} is 0x{error.object[error.start]:02x}"
        raise UserError(f"{file} is no text in UTF-8 ({found}): save it as UTF-8") from None


def _whole_number(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)


def refuse_empty(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Raise if a value is empty: a variable of the shell that is not set leaves one, and would mean something else."""
    for action in parser._actions:
        value = getattr(args, action.dest, None)
        # What SQL is empty, the command itself says.
        if value == "" or (isinstance(value, list) and "" in value):
            name = action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)
            raise UserError(f"{name} is empty: give a value" + (", or leave it out" if action.option_strings else ""))
