"""`COPY INTO`: files that a table does not have yet are appended to it, each once, however often it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .copy_ledger import CopyLedger
from .copy_statement import CopyStatement, parse

_SPECIAL_IN_GLOBS = re.compile(r"([\\*?\[\]{},])")
_OF_FILES = ("pathglobfilter", "recursivefilelookup", "modifiedafter", "modifiedbefore")
_RESULT = "num_affected_rows bigint, num_inserted_rows bigint, num_skipped_corrupt_files bigint"


def copy_into(spark: Any, statement: str, parameters: Mapping[str, object]) -> Any:
    """The DataFrame that the statement answers: how many rows were loaded, or with VALIDATE those that would be."""
    from pyspark.errors import ParseException

    try:
        copy = parse(statement, parameters)
    except ValueError as error:
        raise ParseException(message=str(error)) from None
    ledger = CopyLedger(spark, copy.target)
    files = _files(spark, copy)
    if not _is_true(copy, "force"):
        files = [file for file in files if file not in ledger.files]
    if copy.validate is not None:
        rows = _read(spark, copy, files) if files else spark.table(copy.target).limit(0)
        return rows if copy.validate < 0 else rows.limit(copy.validate)
    loaded = ledger.append(_read(spark, copy, files), files, _is_true(copy, "mergeSchema")) if files else 0
    return spark.createDataFrame([(loaded, loaded, 0)], _RESULT)


def _files(spark: Any, copy: CopyStatement) -> list[str]:
    """Their URIs. Raises AnalysisException when there is no such place."""
    named = ",".join(_in_glob(name) for name in copy.files)
    beneath = f"{{{named}}}" if named else copy.pattern
    path = f"{copy.source.rstrip('/')}/{beneath}" if beneath else copy.source
    options = {name: value for name, value in copy.format_options.items() if name.lower() in _OF_FILES}
    frame = spark.read.format("binaryFile").options(**options).load(path)
    return sorted(row.path for row in frame.select("path").collect())  # contents are not read


def _read(spark: Any, copy: CopyStatement, files: list[str]) -> Any:
    """Their rows, in the shape that the statement gives them."""
    from pyspark.errors import AnalysisException

    reader = spark.read.format(copy.file_format).options(**copy.format_options)
    path = spark._jvm.org.apache.hadoop.fs.Path(copy.source)
    settings = spark._jsparkSession.sessionState().newHadoopConf()
    source = path.getFileSystem(settings).makeQualified(path).toString()
    if all(file.startswith(f"{source.rstrip('/')}/") for file in files):
        reader = reader.option("basePath", source)  # beneath it, folders may name columns
    frame = reader.load([_in_glob(file) for file in files])
    if copy.select:
        frame = frame.selectExpr(*copy.select)
    names = copy.columns or (spark.table(copy.target).columns if copy.by_position else frame.columns)
    if len(names) != len(frame.columns):
        raise AnalysisException(
            message=f"COPY INTO {copy.target}: the source has the columns {', '.join(frame.columns)}, for {', '.join(names)}."
        )
    return frame.toDF(*names)


def _in_glob(name: str) -> str:
    return _SPECIAL_IN_GLOBS.sub(r"\\\1", name)


def _is_true(copy: CopyStatement, option: str) -> bool:
    return any(name.lower() == option.lower() and value.lower() == "true" for name, value in copy.copy_options.items())
