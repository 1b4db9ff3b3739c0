"""`spark_python_task`: a Python file as `__main__`, in this process."""

from __future__ import annotations

import ast
import os
import sys
from typing import Any

from stoker_kernel import checkout
from stoker_kernel.plain_cells import mentions_of
from stoker_kernel.programs import files
from stoker_kernel.programs.place import Place


def run(program: dict[str, Any], place: Place) -> None:
    """Runs the file to its end; what it raises, SystemExit too, is the caller's to see."""
    path = files.local_file(program, place)
    folder = os.path.dirname(path)
    with open(path, "rb") as file:
        source = file.read()
    main = place.main_module([path, *program.get("parameters", [])])
    main["__file__"] = path
    if root := program.get("root"):
        checkout.enter(root, folder, place.folder, 0)
    else:
        sys.path.insert(0, folder)
    tree = ast.parse(source, path)
    place.make_mentioned(mentions_of(tree))
    exec(compile(tree, path, "exec", dont_inherit=True), main)
