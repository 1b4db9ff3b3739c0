"""What the driver's JVM is started with: a cluster definition's ``spark_conf`` plus defaults that suit one machine.

Pure: no process, no JVM. Everything the definition says wins over a default; what only Maven resolution needs is kept
back, because it was resolved before and would cost seconds (and the network) again at every JVM start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping
from urllib.parse import quote

#: Read by spark-submit's own resolver. They are answered by ``getConf()`` and never passed to the JVM's start.
RESOLVED_KEYS = (
    "spark.jars.packages",
    "spark.jars.excludes",
    "spark.jars.repositories",
    "spark.jars.ivy",
    "spark.jars.ivySettings",
)

CLUSTER_ID_KEY = "spark.databricks.clusterUsageTags.clusterId"
CLUSTER_NAME_KEY = "spark.databricks.clusterUsageTags.clusterName"


@dataclass(frozen=True)
class DriverConfig:
    """One driver's ``--config`` file.

    ``spark_conf`` is the definition's, ``jars_folder`` a folder of resolved jars or "", ``master`` a Spark master URL
    that is used unless the definition names one, ``work_folder`` a writable folder of this driver alone, ``dbfs_root`` the
    folder that ``dbfs:/`` stands for or "".
    """

    work_folder: Path
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    jars_folder: str = ""
    master: str = "local[*]"
    app_name: str = "stoker"
    cluster_id: str = ""
    cluster_name: str = ""
    dbfs_root: str = ""

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> "DriverConfig":
        """Raises ValueError that names the field when ``document`` is not a driver's configuration."""
        if not document.get("work_folder"):
            raise ValueError("work_folder: must name a folder")
        spark_conf = document.get("spark_conf") or {}
        if not isinstance(spark_conf, Mapping):
            raise ValueError("spark_conf: must be an object")
        return DriverConfig(
            work_folder=Path(document["work_folder"]),
            spark_conf={str(key): _text(value) for key, value in spark_conf.items()},
            jars_folder=str(document.get("jars_folder") or ""),
            master=str(document.get("master") or "local[*]"),
            app_name=str(document.get("app_name") or "stoker"),
            cluster_id=str(document.get("cluster_id") or ""),
            cluster_name=str(document.get("cluster_name") or ""),
            dbfs_root=str(document.get("dbfs_root") or ""),
        )

    def answered_only(self) -> dict[str, str]:
        """Keys that ``getConf()`` must answer although the JVM was not started with them."""
        return {key: self.spark_conf[key] for key in RESOLVED_KEYS if key in self.spark_conf}


def effective_conf(config: DriverConfig, cores: int, memory_mb: int) -> dict[str, str]:
    """The JVM's start-up configuration for a machine of ``cores`` cores and ``memory_mb`` MiB of memory."""
    conf = _defaults(config, cores, memory_mb)
    conf.update({key: value for key, value in config.spark_conf.items() if key not in RESOLVED_KEYS})
    if config.jars_folder:
        # A class path entry is read in place; spark.jars would copy every jar to every executor.
        jars = os.path.join(config.jars_folder, "*")
        for key in ("spark.driver.extraClassPath", "spark.executor.extraClassPath"):
            conf[key] = jars + (":" + conf[key] if conf.get(key) else "")
    options = conf.get("spark.driver.extraJavaOptions", "")
    conf["spark.driver.extraJavaOptions"] = " ".join(filter(None, [*_java_options(config), options]))
    return conf


def _defaults(config: DriverConfig, cores: int, memory_mb: int) -> dict[str, str]:
    folder = config.work_folder
    defaults = {
        "spark.master": config.master,
        "spark.app.name": config.app_name,
        "spark.submit.deployMode": "client",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.memory": "2g" if memory_mb >= 6144 else "1g",
        # What a small job costs is its number of tasks; a large one is split by its input's size anyway.
        "spark.sql.shuffle.partitions": str(max(2, cores)),
        # The status store keeps these even without a UI: with Spark's defaults it grows over the first thousands of jobs.
        "spark.ui.retainedJobs": "100",
        "spark.ui.retainedStages": "100",
        "spark.ui.retainedTasks": "2000",
        "spark.sql.ui.retainedExecutions": "50",
        # A cancelled task's Python worker is killed this long after the task was told.
        "spark.python.task.killTimeout": "200ms",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.rdd.compress": "true",
        "spark.serializer.objectStreamReset": "100",
    }
    if config.master.startswith("local"):
        defaults["spark.default.parallelism"] = str(min(max(1, cores), 8))
        defaults["spark.python.daemon.module"] = "stoker_kernel.spark.python_daemon"
    else:
        # Executors on other machines connect back to the driver.
        del defaults["spark.driver.host"], defaults["spark.driver.bindAddress"]
    if config.cluster_id:
        defaults[CLUSTER_ID_KEY] = config.cluster_id
    if config.cluster_name:
        defaults[CLUSTER_NAME_KEY] = config.cluster_name
    if config.dbfs_root:
        defaults.update(_dbfs(config.dbfs_root))
    return defaults


def _dbfs(root: str) -> dict[str, str]:
    """``dbfs:/x`` in Spark's paths: Hadoop's own view of a folder under another scheme."""
    hadoop = {
        "fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "fs.viewfs.overload.scheme.target.dbfs.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "fs.viewfs.mounttable.default.linkFallback": f"file://{quote(root)}",
    }
    return {f"spark.hadoop.{key}": value for key, value in hadoop.items()}


def _java_options(config: DriverConfig) -> list[str]:
    folder = config.work_folder
    return [
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dderby.system.home={folder / 'derby'}",
        "-XX:+ExitOnOutOfMemoryError",
    ]


def to_properties(conf: Mapping[str, str]) -> str:
    """``conf`` as the text of a Java properties file, in ASCII."""
    return "".join(f"{_escape(key, in_key=True)}={_escape(value)}\n" for key, value in sorted(conf.items()))


def _escape(text: str, in_key: bool = False) -> str:
    escaped = []
    for position, character in enumerate(text):
        if character in "\\" or (in_key and character in "=:#! ") or (character == " " and position == 0):
            escaped.append("\\" + character)
        elif " " <= character <= "~":
            escaped.append(character)
        else:
            units = character.encode("utf-16-be")
            escaped.extend(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    return "".join(escaped)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
