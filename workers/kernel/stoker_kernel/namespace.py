"""The names a notebook finds ready, and how those that cost something are made only when a cell mentions them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stoker_kernel.display import display, display_html
from stoker_kernel.plain_cells import Mentions

if TYPE_CHECKING:
    from stoker_kernel.dbutils import DBUtils


# Much of what these packages export works only beside an active Spark context, as there always is one on the reference:
# `functions.lit(7)`, a pipeline stage's constructor.
SPARK_PACKAGES = frozenset({"pyspark", "sparknlp", "delta"})


class LazyName:
    """Stands for a name until a cell mentions it; used another way (`globals()["spark"]`), it passes everything on."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_make", make)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._make(), attribute)

    def __setattr__(self, attribute: str, value: Any) -> None:
        setattr(self._make(), attribute, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._make()(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self._name}: made on first use>"


class Namespace:
    """Fills a notebook's globals."""

    def __init__(self, variables: dict[str, Any], dbutils: DBUtils, make_session: Callable[[], Any]) -> None:
        """`make_session` gives the run's SparkSession, the same one each time."""
        self._variables = variables
        self._dbutils = dbutils
        self._make_session = make_session
        self._makers: dict[str, Callable[[], Any]] = {
            "spark": make_session,
            "sc": lambda: make_session().sparkContext,
            "sqlContext": self._sql_context,
            "udf": self._udf,
        }
        self.mentioned_modules: set[str] = set()

    def install(self) -> None:
        """Puts every name in."""
        self._variables.update(
            {
                "dbutils": self._dbutils,
                "display": display,
                "displayHTML": display_html,
                "getArgument": self._dbutils.widgets.getArgument,
                "sql": lambda *args, **kwargs: self._make_session().sql(*args, **kwargs),
                "table": lambda name: self._make_session().table(name),
            }
        )
        for name in self._makers:
            self._variables[name] = LazyName(name, lambda name=name: self.make(name))

    def reset(self) -> None:
        """Back to a notebook's start: the user's names go, the ready ones return."""
        kept = {
            name: value
            for name, value in self._variables.items()
            if name.startswith("__") or name in ("get_ipython", "open", "exit", "quit")
        }
        self._variables.clear()
        self._variables.update(kept)
        self.install()

    def make(self, name: str) -> Any:
        """Makes the real thing and puts it in its stand-in's place; raises what making it raises."""
        value = self._makers[name]()
        if isinstance(self._variables.get(name), LazyName):
            self._variables[name] = value
        return value

    def before_execution(self, mentions: Mentions) -> None:
        """Makes what a cell is about to mention, so that `isinstance(spark, SparkSession)` holds; notes its imports."""
        packages = {module.partition(".")[0] for module in mentions.modules}
        self.mentioned_modules |= packages
        wants_spark = not SPARK_PACKAGES.isdisjoint(
            module.partition(".")[0] for module in mentions.modules if module != "pyspark.dbutils"
        )
        for name in self._makers:
            wanted = name in mentions.names or (wants_spark and name == "spark")
            if wanted and isinstance(self._variables.get(name), LazyName):
                self.make(name)

    def _sql_context(self) -> Any:
        from pyspark.sql import SQLContext

        session = self._make_session()
        return SQLContext(session.sparkContext, session)

    def _udf(self) -> Any:
        from pyspark.sql.functions import udf

        return udf
