"""`spark.sql` as notebooks of Databricks know it: its dialect, and a statement that Spark has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from . import catalog_names, sql_dialect
from .copy_into import copy_into
from .copy_statement import is_copy


def patch(session: Any) -> None:
    """`session` is the module pyspark.sql.session."""
    from pyspark.sql import functions

    spark_sql, select_expr, spark_expr = session.SparkSession.sql, session.DataFrame.selectExpr, functions.expr

    def sql(self: Any, sqlQuery: str, args: Any = None, **kwargs: Any) -> Any:
        if not isinstance(sqlQuery, str):
            return spark_sql(self, sqlQuery, args, **kwargs)
        sqlQuery = catalog_names.of_sql(sqlQuery)
        if is_copy(sqlQuery):
            return copy_into(self, sqlQuery, args if isinstance(args, dict) else {})
        return _parsed(lambda text: spark_sql(self, text, args, **kwargs), sqlQuery, sql_dialect.of_sql)

    def selectExpr(self: Any, *expr: Any) -> Any:
        columns = expr[0] if len(expr) == 1 and isinstance(expr[0], list) else expr

        def translated(texts: Any) -> Iterator[Any]:
            yield [next(sql_dialect.of_column(text), text) for text in texts]

        return _parsed(lambda texts: select_expr(self, *texts), columns, translated)

    def expr(str: str) -> Any:
        return _parsed(spark_expr, str, sql_dialect.of_column)

    sql.__doc__, selectExpr.__doc__, expr.__doc__ = spark_sql.__doc__, select_expr.__doc__, spark_expr.__doc__
    session.SparkSession.sql = sql
    session.DataFrame.selectExpr = selectExpr
    functions.expr = expr


def _parsed(parse: Callable[[Any], Any], text: Any, translate: Callable[[Any], Iterator[Any]]) -> Any:
    """What Spark understands is left alone; only what it cannot parse is translated."""
    from pyspark.errors import ParseException

    try:
        return parse(text)
    except ParseException as error:
        for translated in translate(text):
            try:
                return parse(translated)
            except ParseException:
                pass
        raise error from None
