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
from stoker_kernel.plain_cells import Mentions, PlainCell, PlainCells, mentions_of

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
        self.shell.drain()
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
        self.shell.drain()
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
        self.before_execution: Callable[[Mentions], None] = lambda mentions: None
        self.run_command: Callable[[str], int] = os.system
        # What subprocesses have printed stands before what is shown after them.
        self.drain: Callable[[], None] = lambda: None
        self.last_trace = ""
        self.awaited = False
        super().__init__(**kwargs)
        self.automagic = False
        # SystemExit fails the notebook; IPython's own exit would ask a terminal.
        for name in ("exit", "quit"):
            self.user_ns[name] = self.user_ns_hidden[name] = sys.exit
        self._first_names = dict(self.user_ns)
        self._plain_cells = PlainCells(self.compile)
        self._own_hooks = self._hooks()
        self._hung = [
            self.input_transformers_cleanup,
            self.input_transformers_post,
            self.ast_transformers,
            *self.events.callbacks.values(),
            *(magics.values() for magics in self.magics_manager.magics.values()),
            *(formatter.type_printers.values() for formatter in self.display_formatter.formatters.values()),
        ]
        self._hung_count = sum(map(len, self._hung))

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
        cell = self._plain_cells.get(source, self.execution_count) if self._hooks() == self._own_hooks else None
        if cell is not None:
            return self._run_plain(cell)
        result: ExecutionResult = self.run_cell(source, store_history=False)
        return result.error_before_exec or result.error_in_exec

    def _hooks(self) -> tuple[Any, ...]:
        """What libraries and notebooks add to look at cells, or to change them, before they run."""
        callbacks = self.events.callbacks
        return (
            *callbacks["pre_run_cell"],
            *callbacks["post_run_cell"],
            *self.input_transformers_cleanup,
            *self.input_transformers_post,
            *self.ast_transformers,
        )

    def _run_plain(self, cell: PlainCell) -> BaseException | None:
        """What `run_cell` comes to for such a cell."""
        self.events.trigger("pre_execute")
        try:
            with self.builtin_trap, self.display_trap:
                self.before_execution(cell.mentions)
                for step in cell.steps:
                    exec(step, self.user_global_ns, self.user_ns)
        except BaseException as error:
            self.record_error(error)
            return error
        finally:
            self.events.trigger("post_execute")
        return None

    def renew_namespace(self) -> dict[str, Any]:
        """A `__main__` with nothing in it but IPython's own names; what the last one held is dropped."""
        last = self.user_module.__dict__
        self.user_module = types.ModuleType("__main__", self.user_module.__doc__)
        self.user_ns = self.user_module.__dict__
        self.user_ns.update(self._first_names)
        sys.modules["__main__"] = self.user_module
        self.compile.reset_compiler_flags()
        last.clear()
        return self.user_ns

    def holds_notebook_code(self) -> bool:
        """Whether a notebook has hung functions or classes of its own into IPython: magics, events, formatters."""
        count = sum(map(len, self._hung))
        if count == self._hung_count:
            return False
        self._hung_count = count
        return any(getattr(thing, "__module__", None) == "__main__" for things in self._hung for thing in things)

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """The last step before a cell runs: names that it mentions can still be made."""
        self.before_execution(mentions_of(node))
        return super().transform_ast(node)

    async def run_code(
        self, code_obj: types.CodeType, result: ExecutionResult | None = None, *, async_: bool = False
    ) -> bool:
        """Executes a code object; True when it raised. Unlike a terminal's, SystemExit is an error like any other."""
        try:
            if async_:
                self.awaited = True
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
        return plain_trace(error).split("\n")


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


def plain_trace(error: BaseException) -> str:
    """As Python prints it, without this package's frames."""
    try:
        return "".join(traceback.format_exception(type(error), error, _user_frames(error.__traceback__))).rstrip("\n")
    except Exception:
        return describe(error)


def make_shell() -> KernelShell:
    """The process's shell. Prints nothing, starts no thread, touches no file."""
    # Instances come with plain tracebacks: outputs are stored, not shown in a terminal.
    shell = KernelShell.instance(colors="nocolor", xmode="Context")
    return shell
