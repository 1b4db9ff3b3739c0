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

from . import log_store, tables, wire
from .dbfs import hadoop_settings

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
EXECUTORS_PYTHON_KEY = "spark.pyspark.python"


@dataclass(frozen=True)
class DriverConfig:
    """One driver's ``--config`` file.

    ``spark_conf`` is the definition's, ``jars_folders`` folders of resolved jars, what is preferred first, ``master`` a Spark
    master URL that is used unless the definition names one, ``work_folder`` a writable folder of this driver alone,
    ``dbfs_root`` the folder that ``dbfs:/`` stands for or "", ``delta_lake`` whether its jars are among the others,
    ``metastore_uri`` where the catalog of tables is or "". With a master, ``secret`` is what its cluster knows one another
    by, ``address`` where its executors reach this driver, ``executor_jars`` what ``jars_folders`` are to them,
    ``warehouse`` where tables are that no catalog knows, ``cores`` what this driver may use of the cluster,
    ``executor_memory_mb`` what one executor gets unless the definition says.
    """

    work_folder: Path
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    jars_folders: tuple[str, ...] = ()
    master: str = "local[*]"
    app_name: str = "stoker"
    cluster_id: str = ""
    cluster_name: str = ""
    dbfs_root: str = ""
    delta_lake: bool = False
    metastore_uri: str = ""
    address: str = wire.LOOPBACK
    executor_jars: tuple[str, ...] = ()
    warehouse: str = ""
    secret: str = ""
    cores: int = 0
    executor_memory_mb: int = 1024

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
            jars_folders=tuple(filter(None, document.get("jars_folders") or [])),
            master=str(document.get("master") or "local[*]"),
            app_name=str(document.get("app_name") or "stoker"),
            cluster_id=str(document.get("cluster_id") or ""),
            cluster_name=str(document.get("cluster_name") or ""),
            dbfs_root=str(document.get("dbfs_root") or ""),
            delta_lake=bool(document.get("delta_lake")),
            metastore_uri=str(document.get("metastore_uri") or ""),
            address=str(document.get("address") or wire.LOOPBACK),
            executor_jars=tuple(document.get("executor_jars") or []),
            warehouse=str(document.get("warehouse") or ""),
            secret=str(document.get("secret") or ""),
            cores=int(document.get("cores") or 0),
            executor_memory_mb=int(document.get("executor_memory_mb") or 1024),
        )

    def answered_only(self) -> dict[str, str]:
        """Keys that ``getConf()`` must answer although the JVM was not started with them."""
        return {key: self.spark_conf[key] for key in RESOLVED_KEYS if key in self.spark_conf}


def effective_conf(config: DriverConfig, cores: int, memory_mb: int) -> dict[str, str]:
    """The JVM's start-up configuration for a machine of ``cores`` cores and ``memory_mb`` MiB of memory."""
    conf = _defaults(config, cores, memory_mb)
    conf.update({key: value for key, value in config.spark_conf.items() if key not in RESOLVED_KEYS})
    if conf["spark.master"] == config.master and config.cores:
        conf.update(_share(conf, config.cores))
    if config.delta_lake:
        conf[tables.EXTENSIONS] = tables.with_delta_extension(conf.get(tables.EXTENSIONS, ""))
    # A class path entry is read in place; spark.jars would copy every jar to every executor.
    of_executors = config.executor_jars or config.jars_folders
    for process, folders in (("driver", config.jars_folders), ("executor", of_executors)):
        key = f"spark.{process}.extraClassPath"
        jars = [os.path.join(folder, "*") for folder in folders]
        if entries := [*jars, *filter(None, [conf.get(key)])]:
            conf[key] = ":".join(entries)
    if config.delta_lake:
        classes = str(log_store.classes_folder(config.work_folder))
        conf["spark.driver.extraClassPath"] = ":".join(filter(None, [conf.get("spark.driver.extraClassPath"), classes]))
    options = conf.get("spark.driver.extraJavaOptions", "")
    conf["spark.driver.extraJavaOptions"] = " ".join(filter(None, [*_java_options(config), options]))
    return conf


def _defaults(config: DriverConfig, cores: int, memory_mb: int) -> dict[str, str]:
    folder = config.work_folder
    is_local = config.spark_conf.get("spark.master", config.master).startswith("local")
    address = wire.LOOPBACK if is_local else config.address
    defaults = {
        "spark.master": config.master,
        "spark.app.name": config.app_name,
        "spark.submit.deployMode": "client",
        # Its port is closed once it is there (pages.py).
        "spark.ui.port": "0",
        "spark.ui.killEnabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": f"file:{quote(str(folder / 'warehouse'))}",
        "spark.driver.memory": "2g" if memory_mb >= 6144 else "1g",
        # What a small job costs is its number of tasks; a large one is split by its input's size anyway.
        "spark.sql.shuffle.partitions": str(max(2, cores)),
        # VACUUM and the search for partitions take as many tasks as this: 10,000 by default, for stores far away.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(max(8, 4 * cores)),
        # The status store keeps these even without a UI: with Spark's defaults it grows over the first thousands of jobs.
        "spark.ui.retainedJobs": "100",
        "spark.ui.retainedStages": "100",
        "spark.ui.retainedTasks": "2000",
        "spark.sql.ui.retainedExecutions": "50",
        # A cancelled task's Python worker is killed this long after the task was told.
        "spark.python.task.killTimeout": "200ms",
        "spark.driver.host": address,
        "spark.driver.bindAddress": address,
        "spark.rdd.compress": "true",
        "spark.serializer.objectStreamReset": "100",
    }
    if config.master.startswith("local"):
        defaults["spark.default.parallelism"] = str(min(max(1, cores), 8))
        defaults["spark.python.daemon.module"] = "stoker_kernel.spark.python_daemon"
    else:
        defaults["spark.executor.memory"] = f"{config.executor_memory_mb}m"
        # An executor may not read the files of another worker's, though they be on its machine: it asks it for them.
        defaults["spark.shuffle.readHostLocalDisk"] = "false"
        # Data folders differ from node to node: each finds its own (standalone.py).
        defaults[EXECUTORS_PYTHON_KEY] = "python3"
        defaults.update(wire.settings(config.secret, config.address))
        if config.warehouse:
            defaults["spark.sql.warehouse.dir"] = config.warehouse
    if config.cluster_id:
        defaults[CLUSTER_ID_KEY] = config.cluster_id
    if config.cluster_name:
        defaults[CLUSTER_NAME_KEY] = config.cluster_name
    if config.dbfs_root:
        defaults.update({f"spark.hadoop.{key}": value for key, value in hadoop_settings(config.dbfs_root).items()})
    if config.delta_lake:
        defaults.update(tables.delta_lake(cores))
    if config.metastore_uri:
        defaults.update(tables.catalog(config.metastore_uri, folder))
    return defaults


def _share(conf: Mapping[str, str], cores: int) -> dict[str, str]:
    """No more of the cluster's cores than the driver's share, whatever the definition says: other drivers wait for the
    rest. An executor of more cores than that would never be given."""
    limits = {"spark.cores.max": cores, "spark.executor.cores": cores}
    return {
        key: str(min(most, int(conf[key]) if conf.get(key, "").isdigit() else most))
        for key, most in limits.items()
        if key == "spark.cores.max" or key in conf
    }


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
