"""`dbutils.data`: a first look at data."""

from __future__ import annotations

from typing import Any

from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.display import display


class DataUtils(Helpful):
    """Summarises data frames."""

    def summarize(self, df: Any, precise: bool = False) -> None:
        """Shows count, mean, deviation, quartiles, least and greatest of each column. Of a pandas or a Spark frame."""
        if hasattr(df, "describe") and hasattr(df, "itertuples"):
            display(df.describe(include="all").reset_index(names="summary"))
        else:
            display(df.summary())
