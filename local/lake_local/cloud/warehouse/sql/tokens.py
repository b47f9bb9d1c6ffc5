"""A statement as tokens: what no parser here knows (layout of tables, users, COPY) is read from them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import StatementError

# Users of IAM keep their spelling; every other name is folded, quoted or not.
# https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
_OF_IAM = re.compile(r"IAMR?:")
# Redshift's names have up to 127 bytes. PostgreSQL cuts those that are longer than this: two that begin alike would be one.
_LONGEST = 63


@dataclass(frozen=True)
class Token:
    """`kind` is word, name (quoted), text, number or sign."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword that it may be, in upper case; '' for what is quoted."""
        return self.text.upper() if self.kind == "word" else ""


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text."""
    from sqlglot.errors import SqlglotError

    try:
        found = _dialect()().tokenize(text)
    except SqlglotError as error:
        raise StatementError(f"syntax error: {str(error).splitlines()[0]}") from None
    tokens: list[Token] = []
    for one in found:
        kind = _kind(one)
        if kind == "word":
            # Some words come in pairs, such as PRIMARY KEY.
            words = re.finditer(r"\S+", text[one.start : one.end + 1])
            tokens += [Token(kind, word[0], one.start + word.start(), one.start + word.end()) for word in words]
        else:
            tokens.append(Token(kind, one.text, one.start, one.end + 1))
    return tokens


@functools.cache
def _dialect() -> Any:
    """Return Redshift's dialect with no word behind which everything is one token."""
    from sqlglot.dialects.redshift import Redshift

    tokenizer = type("Tokenizer", (Redshift.Tokenizer,), {"COMMANDS": set()})
    return type("Whole", (Redshift,), {"Tokenizer": tokenizer})


def _kind(token: Any) -> str:
    from sqlglot import TokenType

    known = {TokenType.STRING: "text", TokenType.NUMBER: "number", TokenType.IDENTIFIER: "name"}
    if token.token_type in known:
        return known[token.token_type]
    if token.token_type in (TokenType.RAW_STRING, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING, TokenType.NATIONAL_STRING):
        raise StatementError(f"this form of a string is not supported here: {token.text[:20]}")
    return "word" if re.match(r"[A-Za-z_#]", token.text) else "sign"


def folded(name: str) -> str:
    """Return a name as Redshift keeps it."""
    return name if _OF_IAM.match(name) else name.lower()


def identifier(name: str) -> str:
    """Return a name as PostgreSQL's SQL takes it."""
    check_length(name)
    return '"' + folded(name).replace('"', '""') + '"'


def check_length(name: str) -> None:
    """Refuse a name that PostgreSQL would cut. Those of IAM's users are cut everywhere alike."""
    if len(name.encode()) > _LONGEST and not _OF_IAM.match(name):
        raise StatementError(f'the name "{name}" is longer than the {_LONGEST} bytes that a name can have here')


def literal(text: str) -> str:
    """Return a text as PostgreSQL's SQL takes it."""
    if "\0" in text:
        raise StatementError("a text holds the character NUL")
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Reader:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[Token], source: str) -> None:
        self.tokens = tokens
        self.source = source
        self.place = 0

    @property
    def is_done(self) -> bool:
        return self.place >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token:
        at = self.place + ahead
        return self.tokens[at] if at < len(self.tokens) else Token("end", "", len(self.source), len(self.source))

    def next(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def take(self, *words: str) -> bool:
        """Read these words, or signs, if they come next."""
        found = [self.peek(i) for i in range(len(words))]
        if all(one.word == word or (one.kind == "sign" and one.text == word) for one, word in zip(found, words, strict=True)):
            self.place += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            raise self.fail(f"expected {' '.join(words)}")

    def name(self) -> str:
        """Read a name of one part."""
        token = self.next()
        if token.kind not in ("word", "name"):
            self.place -= 1
            raise self.fail("expected a name")
        return token.text

    def qualified(self) -> list[str]:
        """Read a name of up to three parts; a database's is left out if it is not another's."""
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        if len(parts) > 2:
            raise StatementError("a name with a database in it is not supported here")
        return parts

    def text(self) -> str:
        token = self.next()
        if token.kind != "text":
            self.place -= 1
            raise self.fail("expected a text in single quotes")
        return token.text

    def parenthesized(self) -> list[Token]:
        """Read what is in a pair of parentheses. Return its tokens."""
        self.expect("(")
        depth, began = 1, self.place
        while depth:
            if self.is_done:
                raise self.fail("a parenthesis is not closed")
            token = self.next()
            depth += {"(": 1, ")": -1}.get(token.text if token.kind == "sign" else "", 0)
        return self.tokens[began : self.place - 1]

    def rest(self) -> str:
        """Return the text of what is left."""
        return self.source[self.peek().start :]

    def end(self) -> None:
        """Refuse more."""
        if not self.is_done:
            raise self.fail("not supported here")

    def fail(self, what: str) -> StatementError:
        """Return the error of what comes next."""
        token = self.peek()
        return StatementError(f'syntax error at or near "{token.text}" ({what})')


def names(reader: Reader, read: Callable[[], str]) -> list[str]:
    """Read a list with commas."""
    found = [read()]
    while reader.take(","):
        found.append(read())
    return found


def split(tokens: Iterable[Token], sign: str) -> list[list[Token]]:
    """Return tokens between signs that are in no parentheses."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == sign and depth == 0:
                found.append([])
                continue
        found[-1].append(token)
    return [part for part in found if part]


def table(parts: list[str]) -> str:
    """Return a table's name for PostgreSQL; `#name` is a temporary table's."""
    return ".".join(identifier(part) for part in [*parts[:-1], parts[-1].lstrip("#")])
