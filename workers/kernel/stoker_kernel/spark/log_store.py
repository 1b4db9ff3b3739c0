"""Delta Lake's log store for a folder that several drivers share: `LinkLogStore.java`, compiled by the driver's own JVM.

Spark brings Janino, so that no JDK is needed, and what is compiled fits the Delta Lake that the cluster has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CLASS_NAME = "stoker.delta.LinkLogStore"
_SOURCE = Path(__file__).with_name("LinkLogStore.java")


def classes_folder(work_folder: Path) -> Path:
    """On the driver's class path from its start."""
    return work_folder / "classes"


def compile_log_store(view: Any, work_folder: Path) -> None:
    """Before anybody asks for a table. `view`: py4j's, of the driver's JVM."""
    compiler = view.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(view.java.lang.Thread.currentThread().getContextClassLoader())
    compiler.cook(_SOURCE.read_text())
    for name, code in dict(compiler.getBytecodes()).items():
        file = classes_folder(work_folder) / f"{name.replace('.', '/')}.class"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(code)
