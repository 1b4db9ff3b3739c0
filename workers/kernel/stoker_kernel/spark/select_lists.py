"""`* EXCEPT (…)` and `QUALIFY`, which Spark 3.5 has not: the columns are named one by one, and the condition becomes one of them.

    SELECT * EXCEPT (a) FROM t              SELECT `b`, `c` FROM t
    SELECT * FROM t QUALIFY rank() … = 1    SELECT `a`, `b` FROM (SELECT *, rank() … = 1 AS _qualify FROM t) WHERE _qualify

https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-qry-star.html, …/sql-ref-syntax-qry-select-qualify.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pyspark.errors import AnalysisException
from sqlglot import exp

#: The names of a query's columns, in their order; raises what Spark raises of the query.
ColumnsOf = Callable[[exp.Expression], list[str]]

_CONDITION = "_qualify"
_SORT_KEY = "_sort_"


class NotSpelledOut(ValueError):
    """The statement has a form that is left to Spark, which refuses it."""


def spell_out(statement: exp.Expression, columns_of: ColumnsOf) -> exp.Expression:
    """The statement without either. Raises NotSpelledOut, and AnalysisException for a column that is not there."""
    for select in list(_selects(statement)):
        _spell_out_stars(select, columns_of)
        if select.args.get("qualify"):
            around = _qualified(select, columns_of)
            statement = around if select is statement else statement
    return statement


def _selects(node: exp.Expression) -> Iterator[exp.Select]:
    """Those that others read come first."""
    for child in sorted(node.iter_expressions(), key=lambda child: child.arg_key != "with_"):
        yield from _selects(child)
    if isinstance(node, exp.Select):
        yield node


def _spell_out_stars(select: exp.Select, columns_of: ColumnsOf) -> None:
    spelled_out: list[exp.Expression] = []
    for column in select.expressions:
        star = column.this if isinstance(column, exp.Column) else column
        if not isinstance(star, exp.Star) or not (star.args.get("except_") or star.args.get("replace")):
            spelled_out.append(column)
            continue
        left_out = {name.name.lower() for name in star.args.get("except_") or () if not name.args.get("table")}
        if len(left_out) != len(star.args.get("except_") or ()) or star.args.get("replace"):
            raise NotSpelledOut
        whole = column.copy()
        (whole.this if isinstance(whole, exp.Column) else whole).set("except_", None)
        names = columns_of(_of_same_tables(select, whole))
        kept = [name for name in names if name.lower() not in left_out]
        if unknown := sorted(left_out.difference(name.lower() for name in names)):
            raise AnalysisException(message=f"* EXCEPT ({', '.join(unknown)}): not among the columns {', '.join(names)}.")
        if not kept or not _differ(kept):
            raise NotSpelledOut
        spelled_out += [_of_star(column, name) for name in kept]
    select.set("expressions", spelled_out)


def _of_star(star: exp.Expression, name: str) -> exp.Column:
    column = star.copy() if isinstance(star, exp.Column) else exp.Column()
    column.set("this", exp.to_identifier(name, quoted=True))
    return column


def _qualified(select: exp.Select, columns_of: ColumnsOf) -> exp.Select:
    """The query of the rows that meet the condition, put in the place of `select`. What comes after QUALIFY goes around it too:
    what rows are ordered by is another column inside."""
    condition, order = select.args["qualify"].this, select.args.get("order")
    if any(select.args.get(part) for part in ("sort", "cluster", "distribute")) or (select.args.get("distinct") and order):
        raise NotSpelledOut
    if any(not parameter.this for parameter in select.find_all(exp.Placeholder)):
        raise NotSpelledOut  # those without a name are told apart by their places
    for part in ("qualify", "order"):
        select.set(part, None)
    around = exp.Select()
    for part in ("distinct", "limit", "offset"):
        around.set(part, select.args.get(part))
        select.set(part, None)
    names = columns_of(_with_its_tables(select, select.copy()))
    if not _differ(names):
        raise NotSpelledOut
    # To the condition, a column of the tables comes before an alias; to an order, an alias does.
    aliases = {column.alias.lower(): column.this for column in select.expressions if isinstance(column, exp.Alias)}
    own = columns_of(_of_same_tables(select, exp.Star())) if aliases and select.args.get("from_") else []
    beside_own = {alias: value for alias, value in aliases.items() if alias not in map(str.lower, own)}
    hidden = [exp.alias_(_without_aliases(condition, beside_own), _CONDITION)]
    for key in order.expressions if order else ():
        if key.this.name.upper() == "ALL":
            raise NotSpelledOut
        if not key.this.is_int:  # which is a column's place
            hidden.append(exp.alias_(_without_aliases(key.this, aliases), f"{_SORT_KEY}{len(hidden)}"))
            key.set("this", exp.column(hidden[-1].alias))
    around.set("order", order)
    around.set("expressions", [exp.column(exp.to_identifier(name, quoted=True)) for name in names])
    select.replace(around)
    for column in hidden:
        select.append("expressions", column)
    around.from_(select.subquery("_qualified", copy=False), copy=False)
    return around.where(exp.column(_CONDITION), copy=False)


def _without_aliases(expression: exp.Expression, values: dict[str, exp.Expression]) -> exp.Expression:
    """With what they stand for instead; a query inside it has columns of its own."""
    whole = exp.paren(expression.copy())
    for column in list(whole.find_all(exp.Column)):
        if not column.table and column.name.lower() in values and not column.find_ancestor(exp.Query):
            column.replace(exp.paren(values[column.name.lower()].copy()))
    return whole.this


def _of_same_tables(select: exp.Select, column: exp.Expression) -> exp.Select:
    """A query of `column` alone, from what `select` is from."""
    query = exp.Select(expressions=[column])
    for part in ("from_", "joins", "laterals"):
        value = select.args.get(part)
        copies = [item.copy() for item in value] if isinstance(value, list) else value.copy() if value else None
        query.set(part, copies)
    return _with_its_tables(select, query)


def _with_its_tables(select: exp.Select, query: exp.Select) -> exp.Select:
    """`query` with the tables that are defined for `select` by a WITH, of its own or around it; what is defined nearer hides."""
    defined: dict[str, exp.Expression] = {}
    for node in reversed(list(_upwards(select))):
        of_this = node.args.get("with_")
        for table in of_this.expressions if of_this else ():
            if any(part is table for part in _upwards(select)):
                break
            defined.pop(table.alias, None)
            defined[table.alias] = table.copy()
    if defined:
        query.set("with_", exp.With(expressions=list(defined.values())))
    return query


def _upwards(node: exp.Expression | None) -> Iterator[exp.Expression]:
    while node is not None:
        yield node
        node = node.parent


def _differ(names: list[str]) -> bool:
    return len({name.lower() for name in names}) == len(names)
