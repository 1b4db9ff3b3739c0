"""`spark.sql` as notebooks of Databricks know it: its dialect, and statements that Spark has not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from . import catalog_names, sql_dialect
from .copy_into import copy_into
from .copy_statement import is_copy
from .deep_clone import deep_clone
from .generated_columns import create_table
from .sql_dialect import Translation


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

        for statement in (deep_clone, create_table):
            answer = statement(self, sqlQuery)
            if answer is not None:
                return answer

        def taken(translation: Translation) -> Any:
            with _set(self, translation.settings):
                return spark_sql(self, translation.text, args, **kwargs)

        return _parsed(taken, Translation(sqlQuery), sql_dialect.of_sql(sqlQuery))

    def selectExpr(self: Any, *expr: Any) -> Any:
        columns = expr[0] if len(expr) == 1 and isinstance(expr[0], list) else expr

        def translated() -> Iterator[Any]:
            yield [next(sql_dialect.of_column(text), text) for text in columns]

        return _parsed(lambda texts: select_expr(self, *texts), columns, translated())

    def expr(str: str) -> Any:
        return _parsed(spark_expr, str, sql_dialect.of_column(str))

    sql.__doc__, selectExpr.__doc__, expr.__doc__ = spark_sql.__doc__, select_expr.__doc__, spark_expr.__doc__
    session.SparkSession.sql = sql
    session.DataFrame.selectExpr = selectExpr
    functions.expr = expr


def _parsed(parse: Callable[[Any], Any], text: Any, translated: Iterable[Any]) -> Any:
    """What Spark understands is left alone; only what it cannot parse is translated."""
    from pyspark.errors import ParseException

    try:
        return parse(text)
    except ParseException as error:
        for translation in translated:
            try:
                return parse(translation)
            except ParseException:
                pass
        raise error from None


@contextmanager
def _set(spark: Any, settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.unset(name) if value is None else spark.conf.set(name, value)
