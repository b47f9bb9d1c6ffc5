"""Which names of a query are tables of the catalog."""

from __future__ import annotations

from sqlglot import exp


def real_tables(tree: exp.Expr) -> list[exp.Table]:
    """Return the tables of the catalog that a query reads, without the names of its WITH."""
    return [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier) and not _is_cte(table)]


def _is_cte(table: exp.Table) -> bool:
    if table.db:
        return False
    name = table.name.lower()
    inside: exp.Expr = table
    node = table.parent
    while node is not None:
        with_ = node.args.get("with_") or node.args.get("with")
        if with_ is not None:
            visible = with_.expressions
            if inside is with_:
                visible = []
            if any(cte.alias.lower() == name for cte in visible):
                return True
        if isinstance(node, exp.With):
            # A query of WITH sees those before it; with RECURSIVE also itself.
            position = next(i for i, cte in enumerate(node.expressions) if cte is inside)
            if any(cte.alias.lower() == name for cte in node.expressions[: position + bool(node.recursive)]):
                return True
        inside, node = node, node.parent
    return False
