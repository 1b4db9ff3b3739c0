"""`spark_jar_task`: the main class of a jar among the libraries, in a JVM of the run's own."""

from __future__ import annotations

from typing import Any

from stoker_kernel.programs import spark_submit
from stoker_kernel.programs.place import Place

#: Stands for the program's file where its classes come from the class path.
_NO_FILE = "spark-internal"


def run(program: dict[str, Any], place: Place) -> None:
    """Calls main of the class with the parameters as they are."""
    arguments = ["--class", program["main_class_name"], _NO_FILE, *program.get("parameters", [])]
    spark_submit.launch(program["spark"], arguments, place)
