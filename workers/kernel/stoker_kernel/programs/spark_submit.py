"""`spark_submit_task`: spark-submit of the environment's pyspark, with a JVM of the run's own."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

from stoker_kernel.errors import CommandFailed, ForeignError
from stoker_kernel.programs import child, files
from stoker_kernel.programs.place import Place
from stoker_kernel.spark.conf import EXECUTORS_PYTHON_KEY, DriverConfig, effective_conf, to_properties
from stoker_kernel.spark.jvm import machine_size
from stoker_kernel.spark.log4j import LOG_TO_STDERR

_FLAGS = frozenset({"--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version"})
#: By what the files that an option names are divided.
_FILE_OPTIONS = {
    "--archives": ",",
    "--driver-class-path": ":",
    "--files": ",",
    "--jars": ",",
    "--properties-file": "",
    "--py-files": ",",
}
_ELSEWHERE = ("dbfs:/", "/dbfs/", "/Volumes/", "/Workspace/", "/Users/", "/Shared/", "/Repos/")
#: What only a driver with kernels around it can use.
_OF_DRIVERS = ("spark.python.daemon.module",)
_JAVA_ERROR = re.compile(
    r"^Exception in thread \"main\" (.+)\n(?:(?:\s+at |\s+\.\.\. |Caused by: ).*\n?)*", re.MULTILINE
)
_PYTHON_ERROR = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*^(\S.*)", re.MULTILINE)

_SUBMIT_ERROR = re.compile(r"^Error: (.+)", re.MULTILINE)


def run(program: dict[str, Any], place: Place) -> None:
    """The task's parameters are spark-submit's arguments; files that they name elsewhere are brought here."""
    # By the cluster's id MLflow would take paths without a scheme for DBFS's (lookalikes.py).
    spark = {**program["spark"], "cluster_id": ""}
    settings = _settings(spark, place)
    _submit(settings, _localised(list(program["parameters"]), settings, place), place)


def launch(spark: dict[str, Any], arguments: list[str], place: Place) -> None:
    """Runs spark-submit on the cluster's settings; raises ForeignError in the program's words when it fails."""
    _submit(_settings(spark, place), arguments, place)


def _submit(settings: str, arguments: list[str], place: Place) -> None:
    package = importlib.util.find_spec("pyspark")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("pyspark is not installed in the environment of the task")
    home = package.submodule_search_locations[0]
    environ = {**os.environ, "SPARK_HOME": home, "SPARK_CONF_DIR": settings}
    environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        child.run([os.path.join(home, "bin", "spark-submit"), *arguments], environ, name="spark-submit")
    except CommandFailed as error:
        place.notebook_run.drain()
        raise _told_in(place.log.text()) or error from None


def _settings(spark: dict[str, Any], place: Place) -> str:
    """The folder of spark-defaults.conf, which options override. Not by --conf: arguments are visible to every user of
    the machine, and a definition may hold passwords."""
    work = place.scratch("spark")
    config = DriverConfig.from_json({"dbfs_root": os.environ.get("STOKER_DBFS_ROOT"), **spark, "work_folder": work})
    for name in ("conf", "local", "tmp", "warehouse"):
        os.makedirs(os.path.join(work, name), exist_ok=True)
    conf = {"spark.ui.enabled": "false"} | effective_conf(config, *machine_size())  # its port would be open to all
    for key in _OF_DRIVERS:
        conf.pop(key, None)
    if EXECUTORS_PYTHON_KEY in conf:
        conf.setdefault("spark.pyspark.driver.python", sys.executable)
    if not conf["spark.master"].startswith("local"):
        # Executors beside other workers may not read the task's folders.
        jars = [str(jar) for folder in config.jars_folders for jar in sorted(Path(folder).glob("*.jar"))]
        conf["spark.jars"] = ",".join([*jars, *filter(None, [conf.get("spark.jars")])])
    folder = os.path.join(work, "conf")
    for name, text in (("spark-defaults.conf", to_properties(conf)), ("log4j2.properties", LOG_TO_STDERR)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)
    return folder


def _localised(arguments: list[str], settings: str, place: Place) -> list[str]:
    """Files in options, and the program itself. What comes after it is the program's."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        option, equals, value = arguments[position].partition("=")
        if equals and option in _FILE_OPTIONS:
            arguments[position] = f"{option}={_of_option(option, value, settings, place)}"
        elif option in _FILE_OPTIONS and position + 1 < len(arguments):
            arguments[position + 1] = _of_option(option, arguments[position + 1], settings, place)
        position += 1 if equals or option in _FLAGS else 2
    if position < len(arguments):
        arguments[position] = _local(arguments[position], place)
    return arguments


def _of_option(option: str, value: str, settings: str, place: Place) -> str:
    if option == "--properties-file":
        return _over_defaults(_local(value, place), settings)
    return _all_local(value, _FILE_OPTIONS[option], place)


def _over_defaults(properties_file: str, settings: str) -> str:
    """The user's properties after the cluster's in one file, of which the last wins: spark-submit reads no defaults
    beside a file that it is given."""
    if not os.path.isfile(properties_file):
        return properties_file  # spark-submit says so
    path = os.path.join(settings, "properties.conf")
    with open(path, "wb") as both:
        for part in (os.path.join(settings, "spark-defaults.conf"), properties_file):
            with open(part, "rb") as file:
                both.write(file.read() + b"\n")
    return path


def _all_local(value: str, divider: str, place: Place) -> str:
    return divider.join(_local(path, place) for path in _divided(value, divider))


def _divided(value: str, divider: str) -> list[str]:
    """A scheme's colon divides nothing: dbfs:/a.jar:/b.jar are two."""
    return re.split(r"(?<!\bdbfs)(?<!\bfile):" if divider == ":" else divider, value)


def _local(path: str, place: Place) -> str:
    file, mark, name = path.partition("#")
    return files.located(file, place) + mark + name if file.startswith(_ELSEWHERE) else path


def _told_in(log: str) -> ForeignError | None:
    """What ended the program, as it or spark-submit has printed it."""
    found = [match for pattern in (_JAVA_ERROR, _PYTHON_ERROR, _SUBMIT_ERROR) for match in pattern.finditer(log)]
    if not found:
        return None
    last = max(found, key=lambda match: match.start())
    return ForeignError(last.group(1).strip(), last.group().rstrip("\n"))
