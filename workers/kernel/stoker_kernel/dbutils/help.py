"""`help()` of every utility, from its own docstrings."""

from __future__ import annotations

import inspect


class Helpful:
    """A utility that can list its methods."""

    def help(self, name: str = "") -> None:
        """Prints the methods and what they do, or one of them."""
        for method_name, method in inspect.getmembers(type(self), inspect.isfunction):
            if method_name.startswith("_") or (name and method_name != name):
                continue
            parameters = list(inspect.signature(method).parameters.values())[1:]
            print(f"{method_name}({', '.join(str(parameter) for parameter in parameters)}): {inspect.getdoc(method)}")
