"""Which files `COPY INTO` has loaded into a table: a list in the table's own folder, numbered as the commit it belongs to.

A list is written before its commit, which carries its number and its name, and is kept once that commit is there: a load that
was cut off is neither lost nor repeated. All who find the table as it is try for the same next number, of which Delta Lake lets
one commit (https://docs.delta.io/latest/delta-streaming.html#idempotent-table-writes-in-foreachbatch).
"""

from __future__ import annotations

import json
import secrets
from typing import Any


class CopyLedger:
    """`files`: the URIs that the table has been given. For one statement, and one thread of the session."""

    def __init__(self, spark: Any, target: str) -> None:
        """`target`: a table, as SQL names it. Raises AnalysisException when it is none of Delta Lake."""
        from pyspark.errors import AnalysisException

        self._spark = spark
        self._target = target
        self._table = spark.sql(f"DESCRIBE DETAIL {target}").first()
        if self._table.format != "delta":
            raise AnalysisException(message=f"COPY INTO {target}: its format is {self._table.format}, where delta is needed.")
        # What CREATE OR REPLACE makes has another id, and has been given nothing.
        self._application = f"stoker.copy_into.{self._table.id}"
        # Delta Lake leaves folders alone whose names begin so.
        self._folder = self._java_path(f"{self._table.location}/_copy_into/{self._table.id}")
        self._file_system = self._folder.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())
        self._version = max(self._last_version(), *self._kept_versions(), 0)
        self.files = frozenset(self._read() if self._version else [])

    def append(self, frame: Any, files: list[str], merge_schema: bool) -> int:
        """Appends `frame`, the rows of `files`, to the table, and tells how many they were. Raises RuntimeError, and loads
        nothing, when another load came first."""
        version = self._version + 1
        name = f"{version}.{secrets.token_hex(8)}"
        self._write(name, sorted(self.files.union(files)))
        writer = frame.write.format("delta").mode("append").option("userMetadata", f"{self._application} {name}")
        if merge_schema:
            writer = writer.option("mergeSchema", True)
        other = f"COPY INTO {self._target}: another one has loaded files meanwhile; run it again."
        try:
            # A number that is there already makes it do nothing, without a word.
            writer.option("txnAppId", self._application).option("txnVersion", version).save(self._table.location)
        except Exception as error:
            if "ConcurrentTransactionException" in f"{type(error).__name__} {error}":
                raise RuntimeError(other) from error
            raise
        rows = self._rows_of(name)
        if rows is None:
            raise RuntimeError(other)
        self._keep(name, version)
        return rows

    def _last_version(self) -> int:
        delta_log = self._spark._jvm.org.apache.spark.sql.delta.DeltaLog
        with_snapshot = delta_log.forTableWithSnapshot(self._spark._jsparkSession, self._table.location)
        found = with_snapshot._2().transactions().get(self._application)
        return int(found.get()) if found.isDefined() else 0

    def _kept_versions(self) -> list[int]:
        """A table may be told to forget its transactions after some time."""
        return [int(name.removesuffix(".json")) for name in self._names() if name.count(".") == 1]

    def _names(self) -> list[str]:
        if not self._file_system.exists(self._folder):
            return []
        return [status.getPath().getName() for status in self._file_system.listStatus(self._folder)]

    def _read(self) -> list[str]:
        path = self._java_path(f"{self._version}.json", self._folder)
        if not self._file_system.exists(path):
            self._keep(self._name_of_last(), self._version)  # who committed it could not do so any more
        stream = self._file_system.open(path)
        try:
            return json.loads(self._spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def _name_of_last(self) -> str:
        begin = f"{self._application} {self._version}."
        for commit in self._spark.sql(f"DESCRIBE HISTORY {self._target}").toLocalIterator():
            if (commit.userMetadata or "").startswith(begin):
                return commit.userMetadata.partition(" ")[2]
        raise RuntimeError(
            f"COPY INTO {self._target}: which files its last load had is not known any more: it was cut off, and its commit is "
            f"no longer in the table's history. Load the files that are missing by INSERT."
        )

    def _rows_of(self, name: str) -> int | None:
        """Of the commit that carries the name; None: there is none."""
        history = self._spark.sql(f"DESCRIBE HISTORY {self._target} LIMIT 100")
        for commit in history.filter(history.userMetadata == f"{self._application} {name}").collect():
            return int(commit.operationMetrics.get("numOutputRows", 0))  # a setting of Spark may leave them out
        return None

    def _write(self, name: str, files: list[str]) -> None:
        out = self._file_system.create(self._java_path(f"{name}.json", self._folder), False)
        out.write(bytearray(json.dumps(files).encode()))
        out.close()

    def _keep(self, name: str, version: int) -> None:
        """As the table's list, unless the next one has done so. Others are of no use to anyone who reads the table as it is."""
        kept = self._java_path(f"{version}.json", self._folder)
        if not self._file_system.exists(kept):
            self._file_system.rename(self._java_path(f"{name}.json", self._folder), kept)
        for old in self._names():
            if int(old.partition(".")[0]) < version:
                self._file_system.delete(self._java_path(old, self._folder), False)

    def _java_path(self, path: str, *beneath: Any) -> Any:
        return self._spark._jvm.org.apache.hadoop.fs.Path(*beneath, path)
