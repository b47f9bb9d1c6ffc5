"""Queries and expressions: parsed so that every function keeps the name that was written, looked up, and written for PostgreSQL."""

from __future__ import annotations

import functools
import re
from typing import Any

from ..errors import StatementError
from . import types
from .functions import FUNCTIONS, WINDOW_ONLY, Call
from .parts import part
from .system import SYSTEM_TABLES
from .tokens import Reader, check_length, folded, literal, tokenize

# What a tree may consist of. Anything else is refused by its name.
_NODES = frozenset(
    ["Add", "Alias", "All", "Alias", "And", "Anonymous", "Any", "Between", "Boolean", "Case", "Cast", "Column", "CTE", "Cube", "Delete"]
    + ["Distinct", "Div", "DPipe", "EQ", "Escape", "Except", "Exists", "From", "GT", "GTE", "Group", "GroupingSets", "Having", "Identifier"]
    + ["If", "ILike", "In", "Insert", "Interval", "Intersect", "Is", "Join", "LT", "LTE", "Like", "Limit", "Literal", "Merge", "Mod", "Mul"]
    + ["NEQ", "Neg", "Not", "Null", "Offset", "Or", "Order", "Ordered", "Paren", "Rollup", "Schema", "Select", "SimilarTo", "Star"]
    + [
        "Sub",
        "Subquery",
        "Table",
        "TableAlias",
        "Tuple",
        "Union",
        "Update",
        "Values",
        "Var",
        "When",
        "Whens",
        "Where",
        "Window",
        "WindowSpec",
        "With",
    ]
    + ["WithinGroup", "Qualify", "DataType", "DataTypeParam", "Extract", "Trim", "StrPosition", "CurrentDate", "CurrentUser"]
)

_COMPARISONS = frozenset({"EQ", "NEQ", "GT", "GTE", "LT", "LTE", "In", "Between"})


@functools.cache
def _dialect() -> Any:
    """Return Redshift's dialect without its functions: what they mean is ours to say."""
    from sqlglot import exp
    from sqlglot.dialects.redshift import Redshift

    def kept(parsers: dict[str, Any], *names: str) -> dict[str, Any]:
        return {name: parse for name, parse in parsers.items() if name in names}

    base: Any = Redshift.Parser
    parser = type(
        "Parser",
        (base,),
        {
            "FUNCTIONS": {},
            "FUNCTION_PARSERS": kept(base.FUNCTION_PARSERS, "CAST", "EXTRACT", "TRIM", "POSITION"),
            "NO_PAREN_FUNCTION_PARSERS": kept(base.NO_PAREN_FUNCTION_PARSERS, "CASE", "ANY"),
            "NO_PAREN_FUNCTIONS": {
                kind: found for kind, found in base.NO_PAREN_FUNCTIONS.items() if found in (exp.CurrentDate, exp.CurrentUser)
            },
        },
    )
    return type("Plain", (Redshift,), {"Parser": parser})


def parse(text: str) -> Any:
    """Return the tree of one query, INSERT, UPDATE, DELETE or MERGE."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [one for one in sqlglot.parse(text, read=_dialect()) if one is not None]
    except SqlglotError as error:
        raise StatementError(f"syntax error: {_plain(str(error))}") from None
    except RecursionError:
        raise StatementError("the statement is nested too deeply") from None
    if len(found) != 1:
        raise StatementError("one statement is expected")
    return found[0]


def translate(text: str) -> str:
    """Return a query, INSERT, UPDATE, DELETE or MERGE for PostgreSQL."""
    from sqlglot import exp

    tree = parse(_prepared(text))
    if not isinstance(tree, (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        raise StatementError(f"{type(tree).__name__.upper()} is not supported here")
    return written(tree)


def written(tree: Any) -> str:
    """Return a checked tree for PostgreSQL."""
    for node in list(tree.walk()):
        _check(node)
    try:
        text: str = _rewritten(_without_qualify(tree)).sql(dialect="postgres", normalize_functions=False, comments=False)
    except RecursionError:
        raise StatementError("the statement is nested too deeply") from None
    return text


def expression(text: str) -> str:
    """Return one expression for PostgreSQL."""
    tree = parse(_prepared(f"SELECT {text}"))
    if len(tree.expressions) != 1 or {key for key, value in tree.args.items() if value} - {"expressions", "kind"}:
        raise StatementError("one expression is expected")
    return written(tree.expressions[0])


def _prepared(text: str) -> str:
    """Return a text in which the parser meets what it knows: SYSDATE as a call, `#name` as a name, nothing approximate."""
    changes = []
    tokens = tokenize(text)
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        before = tokens[index - 1].text if index else ""
        if token.word == "SYSDATE" and following != "(" and before != ".":
            changes.append((token.start, token.end, "SYSDATE()"))
        elif token.word == "APPROXIMATE" and following.upper() == "COUNT":
            changes.append((token.start, token.end, ""))
        elif token.word == "MINUS" and following.upper() in ("SELECT", "("):
            changes.append((token.start, token.end, "EXCEPT"))
        elif token.kind == "sign" and token.text == "#" and following:
            changes.append((token.start, token.end, ""))
        elif token.word == "CONVERT" and following == "(":
            raise StatementError("CONVERT is not supported here: use CAST")
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def _check(node: Any) -> None:
    name = type(node).__name__
    if name not in _NODES:
        raise StatementError(f"{_words(name)} is not known to give Redshift's answer here")
    if name == "Table":
        _check_table(node)
    elif name == "Select" and node.args.get("into"):
        raise StatementError("SELECT INTO is not supported here: use CREATE TABLE AS")
    elif name == "Window":
        _check_window(node)
    elif name == "Join" and (node.args.get("method") or node.side.upper() == "LATERAL"):
        if node.args.get("method", "").upper() != "NATURAL":
            raise StatementError("this kind of a join is not supported here")
    elif name == "Select" and (node.args.get("connect") or node.args.get("laterals") or node.args.get("sample")):
        raise StatementError("CONNECT BY, LATERAL and samples are not supported here")
    elif name == "Anonymous" and str(node.this).upper() not in FUNCTIONS:
        raise StatementError(f"function {str(node.this).lower()} is not known to give Redshift's answer here")
    elif name in _COMPARISONS and any(_ends_blank(child) for child in node.iter_expressions()):
        # https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html: there, they do not count.
        raise StatementError("a comparison with a text that ends in blanks is not supported here: leave them out")
    elif name == "Distinct" and node.args.get("on"):
        raise StatementError("DISTINCT ON is not supported here")
    elif name == "Column" and node.args.get("catalog"):
        raise StatementError("a column's name with a database in it is not supported here")


def _ends_blank(node: Any) -> bool:
    return type(node).__name__ == "Literal" and bool(node.is_string) and node.this.endswith(" ")


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).upper()


def _check_table(node: Any) -> None:
    if node.args.get("pivots") or node.args.get("sample") or node.args.get("catalog"):
        raise StatementError("PIVOT, UNPIVOT, samples and other databases are not supported here")
    if type(node.this).__name__ != "Identifier":
        raise StatementError("a function in place of a table is not supported here")
    schema, name = node.db.lower(), node.name.lower()
    if f"{schema}.{name}" in SYSTEM_TABLES or (not schema and name in SYSTEM_TABLES):
        return
    if schema in ("pg_catalog", "information_schema", "rs", "pg_toast") or re.match(r"(pg|st[lv]|sv[lvc]s?|sys|svv)_", name):
        raise StatementError(f'relation "{node.name}" is not supported here')


def _check_window(node: Any) -> None:
    call = node.this
    if type(call).__name__ == "WithinGroup" or type(call).__name__ in ("IgnoreNulls", "RespectNulls"):
        raise StatementError("this window function is not known to give Redshift's answer here")
    spec = node.args.get("spec")
    if spec and (spec.args.get("kind") != "ROWS" or spec.args.get("exclude")):
        raise StatementError("a window's frame is one of ROWS: RANGE, GROUPS and EXCLUDE are not supported")
    name = str(call.this).upper() if type(call).__name__ == "Anonymous" else type(call).__name__.upper()
    # https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html
    if node.args.get("order") and not spec and name not in WINDOW_ONLY:
        raise StatementError("Aggregate window functions with an ORDER BY clause require a frame clause")


def _without_qualify(tree: Any) -> Any:
    """Return a tree in which a WHERE around the query does what its QUALIFY does."""
    from sqlglot import exp
    from sqlglot.transforms import eliminate_qualify

    for select in [one for one in tree.find_all(exp.Select) if one.args.get("qualify")]:
        if select.args.get("distinct"):
            raise StatementError("QUALIFY with DISTINCT is not supported here")
        later = {part: select.args[part].pop() for part in ("order", "limit", "offset") if select.args.get(part)}
        is_root, place = select is tree, select.copy()
        outer = eliminate_qualify(place)
        for name, found in later.items():
            outer.set(name, found)
        if is_root:
            tree = outer
        else:
            select.replace(outer)
    return tree


def _rewritten(node: Any) -> Any:
    """Return a tree for PostgreSQL: the inner parts first, so that a call finds its arguments done."""
    for child in list(node.iter_expressions()):
        changed = _rewritten(child)
        if changed is not child:
            child.replace(changed)
    return _changed(node)


def _changed(node: Any) -> Any:
    name = type(node).__name__
    if name == "Identifier":
        return _identifier(node)
    if name == "Table":
        return _table(node)
    if name == "Cast":
        return _cast(node)
    if name == "Literal" and node.is_string and "\\" in node.this:
        return _raw(literal(node.this).strip())
    if name in ("Extract", "Interval"):
        return (_extract if name == "Extract" else _interval)(node)
    if name in ("Window", "WithinGroup", "Anonymous"):
        return _call(node)
    if name == "Mod":
        return _raw(f"({node.this.sql('postgres')} % {node.expression.sql('postgres')})")
    return node


def _raw(text: str) -> Any:
    """Return text that is written as it is. Only what this package made itself may come here."""
    from sqlglot import exp

    return exp.Var(this=text)


def _identifier(node: Any) -> Any:
    from sqlglot import exp

    check_length(node.this)
    return exp.Identifier(this=folded(node.this), quoted=True)


def _table(node: Any) -> Any:
    from sqlglot import exp

    key = f"{node.db.lower()}.{node.name.lower()}" if node.db else node.name.lower()
    if key in SYSTEM_TABLES and not node.args.get("$"):
        node = node.copy()
        schema, name = SYSTEM_TABLES[key].split(".")
        node.set("this", exp.Identifier(this=name, quoted=True))
        node.set("db", exp.Identifier(this=schema, quoted=True))
        if not node.alias:
            node = exp.alias_(node, key.split(".")[-1], table=True)
    return node


def _cast(node: Any) -> Any:
    source = node.args["to"].sql("redshift")
    reader = Reader(tokenize(source), source)
    kind, size = types.read(reader, of_column=False)
    reader.end()
    value = _sql(node.this)
    if size:
        value = f"rs.{kind.partition('(')[0]}_of(CAST({value} AS text), {size})"
    return _raw(f"CAST({value} AS {kind})")


def _extract(node: Any) -> Any:
    source = node.expression.sql("postgres", normalize_functions=False)
    return _raw(f"rs.extract_part({literal(part(node.this.name))}, {source})")


def _interval(node: Any) -> Any:
    """An interval literal: a number and a part."""
    text = f"{node.this.name if node.this else ''} {node.args['unit'].name if node.args.get('unit') else ''}".strip()
    found = re.fullmatch(r"(-?\d+)\s+(\w+)", text)
    if not found:
        raise StatementError(f"interval '{text}' is not supported here")
    return _raw(f"INTERVAL '{found[1]} {part(found[2])}'")


def _call(node: Any) -> Any:
    name = type(node).__name__
    if name == "Anonymous":
        if type(node.parent).__name__ in ("Window", "WithinGroup") and node.arg_key == "this":
            return node
        return _raw(FUNCTIONS[str(node.this).upper()](_make(node, "", "")))
    inner = node.this
    if type(inner).__name__ != "Anonymous":
        raise StatementError("this window function is not known to give Redshift's answer here")
    function = FUNCTIONS[str(inner.this).upper()]
    if name == "WithinGroup":
        return _raw(function(_make(inner, "", _sql(node.expression).removeprefix(" ").strip())))
    window = _sql(node)
    head = _sql(inner)
    if not window.startswith(head):
        raise StatementError("this window is not supported here")
    return _raw(function(_make(inner, window[len(head) :].strip(), "")))


def _make(node: Any, over: str, within: str) -> Call:
    from sqlglot import exp

    arguments, distinct = list(node.expressions), False
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = True, arguments[0].expressions
    elif arguments and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = True, [*arguments[0].expressions, *arguments[1:]]
    raw = [one.this if isinstance(one, exp.Literal) and one.is_string else None for one in arguments]
    bare = [one.name if isinstance(one, exp.Column) else None for one in arguments]
    return Call(str(node.this).upper(), [_sql(one) for one in arguments], raw, bare, distinct, over, within)


def _sql(node: Any) -> str:
    found: str = node.sql(dialect="postgres", normalize_functions=False, comments=False)
    return found


def _plain(message: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", message).splitlines()[0]
