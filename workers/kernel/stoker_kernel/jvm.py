"""A JVM that does what this process tells it, by py4j: for services of Spark's jars that have no `main` to their needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MAIN_CLASS = "py4j.GatewayServer"


def spark_home() -> Path:
    """The folder of pyspark, as Spark knows itself by."""
    import pyspark

    return Path(pyspark.__file__).parent


def start_jvm(class_path: Sequence[str], options: Sequence[str], stdin: int = subprocess.DEVNULL) -> Any:
    """py4j's view of a new JVM, whose standard output is its standard error. `stdin` is the one descriptor that Java
    code can inherit. It ends with this process's other descendants (subreaper.py)."""
    from py4j.java_gateway import GatewayParameters, JavaGateway

    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
    jars = f"{spark_home()}/jars/*"
    command = [java, *options, "-cp", ":".join([*class_path, jars]), _MAIN_CLASS, "--enable-auth", "0"]
    jvm = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, process_group=0)
    assert jvm.stdout is not None
    port, token = jvm.stdout.readline().strip(), jvm.stdout.readline().strip().decode()
    if not token:
        raise RuntimeError(f"The JVM ended with status {jvm.wait()} before it was ready.")
    parameters = GatewayParameters(port=int(port), auth_token=token, auto_convert=True)
    view = JavaGateway(gateway_parameters=parameters).jvm
    view.java.lang.System.setOut(view.java.lang.System.err)  # nobody reads on
    return view
