"""What a cell's first line says about it: `%md`, `%sql`, `%sh`, `%fs`, `%run`, `%python`, `%scala`, `%r`; and the same
names as IPython magics, so that they work in the middle of a Python cell too."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from IPython.core.magic import no_var_expand

from stoker_kernel import shell_command
from stoker_kernel.errors import UnsupportedError

if TYPE_CHECKING:
    from stoker_kernel.notebook_run import NotebookRun
    from stoker_kernel.shell import KernelShell

_FIRST_LINE = re.compile(
    r"\A\s*%{1,2}(md-sandbox|md|sql|sh|fs|run|python|py|scala|r)(?=\s|\Z)[ \t]*([^\n]*)\n?(.*)\Z", re.DOTALL
)
_BARE_PIP = re.compile(r"\A((?:[ \t]*(?:#[^\n]*)?\n)*)pip3?([ \t]+(?:install|uninstall|list|show|freeze)\b)")
_ARGUMENT = re.compile(r"\$(\w+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\S+)")


class CellMagic(NamedTuple):
    """A cell's magic: its name, the rest of the first line, the lines after it."""

    name: str
    line: str
    body: str

    @property
    def text(self) -> str:
        """All that follows the name."""
        return "\n".join(part for part in (self.line, self.body) if part.strip())


def of_cell(source: str, language: str) -> CellMagic:
    """The cell's magic; a cell without one is `python`, `sql`, … by its notebook's language."""
    match = _FIRST_LINE.match(source)
    if match is None:
        return CellMagic(language, "", source)
    name = "python" if match.group(1) == "py" else match.group(1)
    return CellMagic(name, match.group(2).strip(), match.group(3))


def with_percent(source: str) -> str:
    """`pip install x` where a cell begins is `%pip install x`; as Python it says nothing."""
    return _BARE_PIP.sub(r"\1%pip\2", source)


def run_arguments(line: str) -> tuple[str, dict[str, str]]:
    """The path and the `$name="value"` arguments of a `%run` line."""
    first = _ARGUMENT.search(line)
    path = (line[: first.start()] if first else line).strip().strip("\"'")
    values = {}
    for name, value in _ARGUMENT.findall(line):
        if value[0] in "\"'":
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        values[name] = value
    if not path:
        raise UnsupportedError("%run needs the path of a notebook")
    return path, values


def fs_command(line: str, run: NotebookRun) -> None:
    """`%fs ls /x` is `display(dbutils.fs.ls("/x"))`, and so on."""
    words = shlex.split(line)
    if not words:
        raise UnsupportedError("%fs needs a command, such as %fs ls /")
    flags = [word for word in words[1:] if word in ("-r", "--recurse", "--overwrite")]
    arguments = [word for word in words[1:] if word not in flags]
    if words[0] == "ls" and not arguments:
        arguments = ["/"]
    method = getattr(run.dbutils.fs, words[0], None)
    if words[0].startswith("_") or method is None:
        raise UnsupportedError(f"%fs {words[0]}: there is no such command; dbutils.fs.help() lists them")
    result = method(*arguments, *([True] if flags else []))
    if result is not None:
        run.show(result)


def register(shell: KernelShell, run: NotebookRun) -> None:
    """Makes the magics known to IPython for this run."""

    @no_var_expand
    def pip(line: str) -> None:
        run.pip.run(line)

    @no_var_expand
    def sql(line: str, cell: str = "") -> None:
        run.run_sql("\n".join(part for part in (line, cell) if part))

    @no_var_expand
    def sh(line: str, cell: str = "") -> None:
        shell_command.run_cell(line, cell)

    @no_var_expand
    def fs(line: str, cell: str = "") -> None:
        for entry in (line, *cell.splitlines()):
            if entry.strip():
                fs_command(entry, run)

    @no_var_expand
    def md(line: str, cell: str = "") -> None:
        """Text is for readers."""

    @no_var_expand
    def run_notebook(line: str) -> None:
        raise UnsupportedError("%run must be alone in its cell")

    @no_var_expand
    def restart_python(line: str) -> None:
        run.restart_python()

    for function in (pip, restart_python):
        shell.register_magic_function(function, "line", function.__name__)
    for function in (sql, sh, fs, md):
        shell.register_magic_function(function, "line_cell", function.__name__)
    shell.register_magic_function(run_notebook, "line", "run")
