"""ALTER, DROP, TRUNCATE and the like."""

from __future__ import annotations

import json

from ..errors import StatementError
from . import types
from .create import Layout, _default, read_attributes
from .tokens import Reader, folded, identifier, literal, names, table


def alter_table(reader: Reader) -> list[str]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html"""
    name = table(reader.qualified())
    head = f"ALTER TABLE {name}"
    if reader.take("RENAME", "TO"):
        done = [f"{head} RENAME TO {identifier(reader.name())}"]
    elif reader.take("RENAME"):
        reader.take("COLUMN")
        old = identifier(reader.name())
        reader.expect("TO")
        done = [f"{head} RENAME COLUMN {old} TO {identifier(reader.name())}"]
    elif reader.take("OWNER", "TO"):
        done = [f"{head} OWNER TO {identifier(reader.name())}"]
    elif reader.take("SET", "SCHEMA"):
        done = [f"{head} SET SCHEMA {identifier(reader.name())}"]
    elif reader.take("ADD"):
        done = _add(reader, head)
    elif reader.take("DROP"):
        reader.take("COLUMN")
        column = identifier(reader.name())
        done = [f"{head} DROP COLUMN {column}{_cascade(reader)}"]
    elif reader.take("ALTER"):
        done = _alter(reader, head, name)
    else:
        raise reader.fail("this ALTER TABLE is not supported here")
    reader.end()
    return done


def _add(reader: Reader, head: str) -> list[str]:
    if reader.peek().word in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
        reader.place = len(reader.tokens)
        return ["SELECT"]
    reader.take("COLUMN")
    column = folded(reader.name())
    kind, size = types.read(reader, of_column=True)
    found = f"{head} ADD COLUMN {identifier(column)} {kind}"
    if size:
        found += f" CHECK (octet_length({identifier(column)}) <= {size})"
    while not reader.is_done:
        if reader.take("DEFAULT"):
            found += f" DEFAULT {_default(reader)}"
        elif reader.take("NOT", "NULL"):
            found += " NOT NULL"
        elif reader.take("ENCODE"):
            reader.name()
        elif not reader.take("NULL"):
            raise reader.fail("not supported here")
    return [found]


def _alter(reader: Reader, head: str, name: str) -> list[str]:
    if reader.take("COLUMN"):
        column = folded(reader.name())
        if reader.take("ENCODE"):
            reader.name()
            return ["SELECT"]
        reader.expect("TYPE")
        kind, size = types.read(reader, of_column=True)
        if not kind.startswith("varchar"):
            raise StatementError("the type of a VARCHAR column only can be altered")
        plain = name.rsplit(".", 1)[-1].strip('"')
        dropped = f"{head} DROP CONSTRAINT IF EXISTS {identifier(f'{plain}_{column}_check')}"
        return [dropped, f"{head} ALTER COLUMN {identifier(column)} TYPE {kind}, ADD CHECK (octet_length({identifier(column)}) <= {size})"]
    layout = Layout()
    changed = False
    while read_attributes(reader, layout):
        changed = True
    if not changed:
        raise reader.fail("this ALTER TABLE is not supported here")
    if layout.sort or reader.tokens[reader.place - 1].word == "AUTO" and layout.style == "AUTO" and not layout.key:
        changed_part: dict[str, object] = {"sort": layout.sort}
    else:
        layout.check([])
        changed_part = {"style": layout.style, "key": layout.key or None}
    return [f"SELECT rs.keep_layout({literal(name)}, {literal(json.dumps(changed_part))}, true)"]


def drop(reader: Reader) -> list[str]:
    """DROP TABLE, VIEW, MATERIALIZED VIEW and SCHEMA, behind the word DROP."""
    kinds = (("TABLE",), ("MATERIALIZED", "VIEW"), ("VIEW",), ("SCHEMA",))
    kind = next((words for words in kinds if reader.take(*words)), None)
    if kind is None:
        raise reader.fail("this DROP is not supported here")
    exists = "IF EXISTS " if reader.take("IF", "EXISTS") else ""

    def one() -> str:
        reader.take("#")
        return table(reader.qualified())

    listed = ", ".join(names(reader, one))
    cascade = _cascade(reader)
    reader.end()
    return [f"DROP {' '.join(kind)} {exists}{listed}{cascade}"]


def _cascade(reader: Reader) -> str:
    if reader.take("CASCADE"):
        return " CASCADE"
    reader.take("RESTRICT")
    return ""


def alter_schema(reader: Reader) -> list[str]:
    """ALTER SCHEMA, behind those words."""
    name = identifier(reader.name())
    verb = "OWNER TO" if reader.take("OWNER", "TO") else "RENAME TO" if reader.take("RENAME", "TO") else ""
    if not verb:
        raise reader.fail("this ALTER SCHEMA is not supported here")
    done = [f"ALTER SCHEMA {name} {verb} {identifier(reader.name())}"]
    reader.end()
    return done
