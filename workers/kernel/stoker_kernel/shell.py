"""IPython's InteractiveShell without a terminal, history or files: outputs go to `Outputs`, errors are kept."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import IPython
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets import Type

from stoker_kernel.errors import NotebookExit
from stoker_kernel.outputs import Outputs

_MACHINERY = (
    os.path.dirname(os.path.abspath(IPython.__file__)) + os.sep,
    os.path.dirname(os.path.abspath(__file__)) + os.sep,
)


class _ResultHook(DisplayHook):
    """The value of a cell's last expression becomes an `execute_result`, and `_`."""

    def quiet(self) -> bool:
        """Whether the cell ends in a semicolon."""
        return self.semicolon_at_end_of_expression(self.shell.cell_source)

    def __call__(self, result: Any = None) -> None:
        """Called by Python with the value."""
        if result is None or self.quiet():
            return
        data, metadata = self.compute_format_data(result)
        self.shell.user_ns["_"] = result
        self.fill_exec_result(result)
        if data:
            self.shell.outputs.execute_result(data, metadata, self.shell.execution_count)


class _Publisher(DisplayPublisher):
    """What `IPython.display` and libraries publish becomes `display_data`."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Keeps the bundle with the running cell."""
        self.shell.outputs.display(data, metadata, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        """Drops the running cell's outputs."""
        self.shell.outputs.clear(wait)


class KernelShell(InteractiveShell):
    """One per process, made in the zygote: a kernel inherits it whole and only fills the namespace."""

    displayhook_class = Type(_ResultHook)
    display_pub_class = Type(_Publisher)

    def __init__(self, **kwargs: Any) -> None:
        self.outputs = Outputs()
        self.cell_source = ""
        self.before_execution: Callable[[ast.AST], None] = lambda tree: None
        self.run_command: Callable[[str], int] = os.system
        self.last_trace = ""
        super().__init__(**kwargs)
        self.automagic = False
        # SystemExit fails the notebook; IPython's own exit would ask a terminal.
        for name in ("exit", "quit"):
            self.user_ns[name] = self.user_ns_hidden[name] = sys.exit

    # -- what InteractiveShell would set up for a person at a terminal

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """No folder: nothing is read from or left in a home directory."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """No profile."""

    def init_history(self) -> None:
        """No history: it would open a database and start a thread."""
        self.history_manager = None

    def init_completer(self) -> None:
        """Nobody types."""

    def init_virtualenv(self) -> None:
        """The interpreter is already the environment's."""

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """Outputs are kept in `outputs`; a second copy for the history is not."""
        yield

    # -- running

    def run_python(self, source: str) -> BaseException | None:
        """Runs one cell's Python (IPython syntax included); what it raised, NotebookExit too. Outputs are kept."""
        self.cell_source = source
        result: ExecutionResult = self.run_cell(source, store_history=False)
        return result.error_before_exec or result.error_in_exec

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """The last step before a cell runs: names that it mentions can still be made."""
        self.before_execution(node)
        return super().transform_ast(node)

    async def run_code(
        self, code_obj: types.CodeType, result: ExecutionResult | None = None, *, async_: bool = False
    ) -> bool:
        """Executes a code object; True when it raised. Unlike a terminal's, SystemExit is an error like any other."""
        try:
            if async_:
                await eval(code_obj, self.user_global_ns, self.user_ns)
            else:
                exec(code_obj, self.user_global_ns, self.user_ns)
        except BaseException as error:
            if result is not None:
                result.error_in_exec = error
            self.record_error(error)
            return True
        return False

    def system(self, command: str) -> None:
        """`!command`."""
        self.user_ns["_exit_code"] = self.run_command(self.var_expand(command, depth=1))

    # -- errors

    def showtraceback(
        self,
        exc_tuple: Any = None,
        filename: str | None = None,
        tb_offset: int | None = None,
        exception_only: bool = False,
        running_compiled_code: bool = False,
    ) -> None:
        """Called by IPython for what is raised outside of user code (input that cannot be transformed)."""
        self.record_error(self._get_exc_info(exc_tuple)[1])

    def showsyntaxerror(self, filename: str | None = None, running_compiled_code: bool = False) -> None:
        """Called by IPython for a cell that does not parse."""
        self.record_error(self._get_exc_info()[1])

    def record_error(self, error: BaseException) -> None:
        """Adds the error to the cell's outputs, and keeps its plain trace in `last_trace`."""
        if isinstance(error, NotebookExit):
            return
        lines = self._trace_lines(error)
        self.last_trace = "\n".join(lines)
        self.outputs.error(type(error).__name__, _message(error), lines)

    def _trace_lines(self, error: BaseException) -> list[str]:
        """The trace without this package's and IPython's frames, without colours."""
        own = _user_frames(error.__traceback__)
        if not isinstance(error, (SyntaxError, BaseExceptionGroup)) and own is not None:
            try:
                return self.InteractiveTB.structured_traceback(type(error), error, own, tb_offset=0)
            except Exception:  # An exception whose own methods fail still has a trace.
                pass
        try:
            return "".join(traceback.format_exception(type(error), error, own)).rstrip("\n").split("\n")
        except Exception:
            return [describe(error)]


def _user_frames(tb: types.TracebackType | None) -> types.TracebackType | None:
    frames = []
    while tb is not None:
        if not tb.tb_frame.f_code.co_filename.startswith(_MACHINERY):
            frames.append(tb)
        tb = tb.tb_next
    chain = None
    for entry in reversed(frames):
        chain = types.TracebackType(chain, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chain


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "<the exception's message could not be made>"


def describe(error: BaseException) -> str:
    """`<Type>: <message>`; a message-less SystemExit says its code."""
    message = _message(error)
    if isinstance(error, SystemExit) and not message:
        message = str(error.code)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def make_shell() -> KernelShell:
    """The process's shell. Prints nothing, starts no thread, touches no file."""
    # Instances come with plain tracebacks: outputs are stored, not shown in a terminal.
    shell = KernelShell.instance(colors="nocolor", xmode="Context")
    return shell
