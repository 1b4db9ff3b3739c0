"""`dbutils.widgets`: named string values; the run's parameters come first, defaults second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.errors import InputWidgetNotDefined


class WidgetsUtils(Helpful):
    """Reads and defines widgets, the parameters of a notebook."""

    def __init__(self) -> None:
        self._parameters: dict[str, str] = {}
        self._defaults: dict[str, str] = {}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: N803
        """Defines a text widget; a parameter of that name keeps its value."""
        self._defaults[name] = str(defaultValue)

    def dropdown(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],  # noqa: N803
        label: str | None = None,
    ) -> None:
        """Defines a widget with choices; the default is one of them."""
        self._define_choice(name, defaultValue, choices)

    def combobox(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],  # noqa: N803
        label: str | None = None,
    ) -> None:
        """Defines a widget with choices and free text."""
        self._defaults[name] = str(defaultValue)

    def multiselect(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],  # noqa: N803
        label: str | None = None,
    ) -> None:
        """Defines a widget of several choices; its value joins them with commas."""
        self._define_choice(name, defaultValue, choices)

    def get(self, name: str) -> str:
        """The value; raises InputWidgetNotDefined when it is neither a parameter nor a widget."""
        for values in (self._parameters, self._defaults):
            if name in values:
                return values[name]
        raise InputWidgetNotDefined(f"No input widget named {name} is defined")

    def getAll(self) -> dict[str, str]:  # noqa: N802
        """All values by name."""
        return {**self._defaults, **self._parameters}

    def getArgument(self, name: str, default: str | None = None) -> str:  # noqa: N802, N803
        """The value, or `default` where there is none."""
        values = self.getAll()
        if name not in values and default is not None:
            return str(default)
        return self.get(name)

    def remove(self, name: str) -> None:
        """Removes one widget."""
        self._parameters.pop(name, None)
        self._defaults.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        """Removes all widgets."""
        self._parameters.clear()
        self._defaults.clear()

    def bind(self, arguments: Mapping[str, Any]) -> None:
        """The run's parameters, and later those that `%run` passes."""
        self._parameters.update((str(name), str(value)) for name, value in arguments.items())

    def _define_choice(self, name: str, default: str, choices: Sequence[str]) -> None:
        if str(default) not in [str(choice) for choice in choices]:
            raise ValueError(f"the default value {default!r} of widget {name} is not one of its choices")
        self._defaults[name] = str(default)
