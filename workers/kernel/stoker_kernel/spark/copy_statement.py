"""`COPY INTO` as Databricks writes it, taken apart; Spark's own grammar has no such statement.

https://docs.databricks.com/en/sql/language-manual/delta-copy-into.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .sql_text import BEFORE

_BEGINS = re.compile(rf"\A{BEFORE}COPY\s+INTO\s", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|`[^`]*`|[\w$.]+(?:-[\w$.]+)*|.", re.DOTALL
)

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([0-3][0-7]{2})|(.))", re.DOTALL)
_CONTROLS = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


@dataclass
class CopyStatement:
    """`columns` are the table's that take the source's by their order; `by_position`: all of the table's. `select`: what is
    taken of a row, SQL expressions, or nothing for all. `files` and `pattern` are relative to `source`. `validate`: how many
    rows are shown instead of loaded, -1 for all."""

    target: str
    source: str = ""
    columns: list[str] = field(default_factory=list)
    by_position: bool = False
    select: list[str] = field(default_factory=list)
    file_format: str = ""
    files: list[str] = field(default_factory=list)
    pattern: str = ""
    validate: int | None = None
    format_options: dict[str, str] = field(default_factory=dict)
    copy_options: dict[str, str] = field(default_factory=dict)


def is_copy(statement: str) -> bool:
    """Whether it begins with `COPY INTO`."""
    return _BEGINS.match(statement) is not None


def parse(statement: str, parameters: Mapping[str, object]) -> CopyStatement:
    """`parameters`: what `:name` stands for where a text is expected. Raises ValueError that says what was expected where."""
    return _Parser(statement, parameters).parse()


class _Parser:
    def __init__(self, statement: str, parameters: Mapping[str, object]) -> None:
        self._statement = statement
        self._parameters = parameters
        self._tokens = [match for match in _TOKEN.finditer(statement) if match.group("space") is None]
        if self._tokens and self._tokens[-1].group() == ";":
            self._tokens.pop()
        self._place = 0

    def parse(self) -> CopyStatement:
        self._expect("COPY")
        self._expect("INTO")
        copy = CopyStatement(self._target())
        if self._accept("BY"):
            self._expect("POSITION")
            copy.by_position = True
        elif self._is("("):
            copy.columns = [name.strip("`") for name in self._list()]
        self._expect("FROM")
        self._parse_source(copy)
        while self._place < len(self._tokens):
            self._parse_clause(copy)
        if not copy.file_format:
            self._fail("FILEFORMAT")
        if copy.files and copy.pattern:
            raise ValueError("COPY INTO: FILES and PATTERN cannot be given together.")
        return copy

    def _target(self) -> str:
        if self._accept("IDENTIFIER"):
            self._expect("(")
            name = self._text("a table's name in quotes")
            self._expect(")")
            return name
        begin = self._place
        while not self._is("FROM", "BY", "("):
            self._take("FROM")
        return self._written(begin, self._place)

    def _parse_source(self, copy: CopyStatement) -> None:
        if not self._accept("("):
            copy.source = self._text("the path of the source in quotes")
            return self._refuse_credentials()
        self._expect("SELECT")
        begin = self._place
        while not self._is("FROM"):
            if self._is(","):
                copy.select.append(self._expression(begin))
                self._place += 1
                begin = self._place
            else:
                self._skip("FROM")
        copy.select.append(self._expression(begin))
        self._expect("FROM")
        copy.source = self._text("the path of the source in quotes")
        self._refuse_credentials()
        self._expect(")")

    def _parse_clause(self, copy: CopyStatement) -> None:
        if self._accept("FILEFORMAT"):
            self._expect("=")
            copy.file_format = self._take("a format").strip("'\"`").lower()
        elif self._accept("FILES"):
            self._expect("=")
            copy.files = [_unquoted(name) for name in self._list()]
            if not copy.files:
                raise ValueError("COPY INTO: FILES names no file.")
        elif self._accept("PATTERN"):
            self._expect("=")
            copy.pattern = self._text("a pattern in quotes")
        elif self._accept("VALIDATE"):
            copy.validate = -1
            if self._place < len(self._tokens) and self._tokens[self._place].group().isdigit():
                copy.validate = int(self._take("a number"))
                self._expect("ROWS")
            else:
                self._accept("ALL")
        elif self._accept("FORMAT_OPTIONS"):
            copy.format_options = self._options()
        elif self._accept("COPY_OPTIONS"):
            copy.copy_options = self._options()
        else:
            self._fail("FILEFORMAT, VALIDATE, FILES, PATTERN, FORMAT_OPTIONS or COPY_OPTIONS")

    def _options(self) -> dict[str, str]:
        options: dict[str, str] = {}
        self._expect("(")
        while not self._accept(")"):
            name = _unquoted(self._take("an option's name"))
            self._expect("=")
            options[name] = self._text("a value") if self._is(":") else _unquoted(self._take("a value"))
            if not self._accept(",") and not self._is(")"):
                self._fail("a comma")
        return options

    def _list(self) -> list[str]:
        """In parentheses, as written."""
        self._expect("(")
        items, begin = [], self._place
        while not self._is(")"):
            if self._is(","):
                items.append(self._written(begin, self._place))
                self._place += 1
                begin = self._place
            else:
                self._skip(")")
        items.append(self._written(begin, self._place))
        self._expect(")")
        return [item for item in items if item]

    def _skip(self, until: str) -> None:
        """One token, or all that is in parentheses."""
        depth = 0
        while True:
            token = self._take(until)
            depth += (token in "([") - (token in ")]")
            if depth <= 0:
                return

    def _expression(self, begin: int) -> str:
        if begin == self._place:
            self._fail("an expression")
        return self._written(begin, self._place)

    def _refuse_credentials(self) -> None:
        if self._is("WITH"):
            raise ValueError("COPY INTO: WITH (CREDENTIAL …) is not supported; the cluster's spark_conf says how a store is reached.")

    def _written(self, begin: int, end: int) -> str:
        if begin == end:
            return ""
        return self._statement[self._tokens[begin].start() : self._tokens[end - 1].end()]

    def _is(self, *words: str) -> bool:
        return self._place < len(self._tokens) and self._tokens[self._place].group().upper() in words

    def _accept(self, word: str) -> bool:
        found = self._is(word)
        self._place += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            self._fail(word)

    def _take(self, expected: str) -> str:
        if self._place >= len(self._tokens):
            self._fail(expected)
        self._place += 1
        return self._tokens[self._place - 1].group()

    def _text(self, expected: str) -> str:
        if self._accept(":"):
            name = self._take("a parameter's name")
            if name not in self._parameters:
                raise ValueError(f"COPY INTO: there is no value for the parameter :{name}.")
            return str(self._parameters[name])
        if self._place >= len(self._tokens) or self._tokens[self._place].group("text") is None:
            self._fail(expected)
        return _unquoted(self._take(expected))

    def _fail(self, expected: str) -> None:
        found = repr(self._tokens[self._place].group()) if self._place < len(self._tokens) else "the end"
        raise ValueError(f"COPY INTO: expected {expected}, found {found}.")


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return _ESCAPE.sub(_meant, text[1:-1])
    return text.strip("`")


def _meant(escape: re.Match[str]) -> str:
    """As in Spark's own texts."""
    code, octal, other = escape.groups()
    if code or octal:
        return chr(int(code, 16) if code else int(octal, 8))
    return _CONTROLS.get(other, f"\\{other}" if other in "%_" else other)
