"""Cells that are Python as they stand, compiled once: the same bytecode that IPython would run, without its way there
(tokens, transformations, an event loop) in every run."""

from __future__ import annotations

import ast
import inspect
import re
from types import CodeType
from typing import NamedTuple

from IPython.core.compilerop import CachingCompiler

_MOST_REMEMBERED = 500
# IPython strips prompts, blank first lines and indentation. All else that it changes is no Python to begin with.
_CHANGED_BY_IPYTHON = re.compile(r"\A\s|^\s*(?:>>>|\.\.\.|(?:\[\w+\] )?In \[)", re.MULTILINE)


class Mentions(NamedTuple):
    """What a cell's code names."""

    names: frozenset[str]
    modules: frozenset[str]


def mentions_of(tree: ast.AST) -> Mentions:
    """The names that are read and the modules that are imported, anywhere in the tree."""
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return Mentions(frozenset(names), frozenset(modules))


class PlainCell(NamedTuple):
    """Statements one by one, as IPython runs them; the value of a last expression goes to `sys.displayhook`."""

    steps: tuple[CodeType, ...]
    mentions: Mentions
    flags: int  # the compiler's after it: `from __future__` holds for the cells that follow


class PlainCells:
    """The cells that this process, or the one it was forked from, has compiled."""

    def __init__(self, compiler: CachingCompiler) -> None:
        self._compiler = compiler
        self._known: dict[tuple[str, int, int], PlainCell | None] = {}

    def get(self, source: str, count: int) -> PlainCell | None:
        """The cell as the `count`th of its notebook; None when IPython has to run it, or to say what is wrong."""
        key = (source, count, self._compiler.flags)
        if key not in self._known:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = self._compiled(source, count)
        cell = self._known[key]
        if cell is not None:
            self._compiler.flags = cell.flags
        return cell

    def _compiled(self, source: str, count: int) -> PlainCell | None:
        if _CHANGED_BY_IPYTHON.search(source):
            return None
        compiler, flags = self._compiler, self._compiler.flags
        text = source if source.endswith("\n") else source + "\n"
        try:
            name = compiler.cache(text, count, raw_code=source)
            tree = compiler.ast_parse(text, filename=name)
            with compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                steps = tuple(compiler(_module_of(node, tree), name, _mode_of(node, tree)) for node in tree.body)
            if any(step.co_flags & inspect.CO_COROUTINE for step in steps):
                return None
            return PlainCell(steps, mentions_of(tree), compiler.flags)
        except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
            return None
        finally:
            compiler.flags = flags


def _mode_of(node: ast.stmt, tree: ast.Module) -> str:
    return "single" if node is tree.body[-1] and isinstance(node, ast.Expr) else "exec"


def _module_of(node: ast.stmt, tree: ast.Module) -> ast.AST:
    return ast.Interactive([node]) if _mode_of(node, tree) == "single" else ast.Module([node], [])
