"""What Databricks' SQL has and Spark's grammar has not, said in Spark's words. What is in quotes and comments stays.

    table@v3, table@20240131120000000    table VERSION AS OF 3, table TIMESTAMP AS OF '…'
    column:path.to[0]                    get_json_object(column, '$.path.to[0]'), as a column named `to`
    value::type                          CAST(value AS type)

It is for text that Spark cannot parse: of what it can, a colon may mean something else (statements.py).

https://docs.databricks.com/en/sql/language-manual/functions/coloncolonsign.html, …/functions/colonsign.html
"""

from __future__ import annotations

import re

from .sql_operand import begin_of_operand, is_operand_end, last_word, type_end

_TOKEN = re.compile(
    r"[rR]'[^']*'|[rR]\"[^\"]*\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/|`[^`]*`|::"
    r"|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[a-zA-Z]{0,2}\b|[\w$]+|\s+|.",
    re.DOTALL,
)
_VERSION = re.compile(r"v(\d+)\Z", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})\Z")
_CLAUSES = {"SELECT", "FROM", "WHERE", "BY", "HAVING", "VALUES", "SET", "ON", "LIMIT", "QUALIFY"}
_BEFORE_COLUMN = {"SELECT", "DISTINCT", "ALL", ","}
_BEHIND_COLUMN = {"", "FROM", "WHERE", "LIMIT", "UNION", "ORDER", "GROUP", ",", ")", ";"}


class _JsonValue(str):
    """A token that stands for the value at a path, whose last step is `name`."""

    name = ""


def of_sql(text: str) -> str:
    """The statement for Spark; the same text when nothing in it is Databricks' own."""
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    if not any(token in ("@", ":", "::") for token in tokens):
        return text
    for translate in (_time_travel, _json_paths, _casts, _named):
        tokens = translate(tokens)
    return "".join(tokens)


def of_column(expression: str) -> str:
    """Likewise of one column of a SELECT."""
    return of_sql(f"SELECT {expression}").removeprefix("SELECT ")


def _time_travel(tokens: list[str]) -> list[str]:
    done: list[str] = []
    left = iter(enumerate(tokens))
    for place, token in left:
        moment = tokens[place + 1] if token == "@" and place + 1 < len(tokens) else ""
        version, time = _VERSION.match(moment), _MOMENT.match(moment)
        if (version or time) and done and is_operand_end(done[-1]):
            next(left)
            token = f" VERSION AS OF {version[1]}" if version else " TIMESTAMP AS OF " + _time(moment)
        done.append(token)
    return done


def _time(digits: str) -> str:
    year, month, day, hour, minute, second, milliseconds = _MOMENT.match(digits).groups()  # type: ignore[union-attr]
    return f"'{year}-{month}-{day} {hour}:{minute}:{second}.{milliseconds}'"


def _json_paths(tokens: list[str]) -> list[str]:
    done: list[str] = []
    open_types: list[str] = []  # of these, a STRUCT has colons of its own
    place = 0
    while place < len(tokens):
        token, path, end = tokens[place], "", place
        if token == "<" and last_word(done) in ("STRUCT", "ARRAY", "MAP"):
            open_types.append(last_word(done))
        elif token == ">" and open_types:
            open_types.pop()
        elif token == ":" and done and is_operand_end(done[-1]) and "STRUCT" not in open_types:
            path, end = _json_path(tokens, place + 1)
        if path:
            begin = begin_of_operand(done)
            value = _value(f"get_json_object({''.join(done[begin:])}, '${path}')", _last_step(path))
            done[begin:] = _apart(done[:begin], value)
            place = end
        else:
            done.append(token)
            place += 1
    return done


def _json_path(tokens: list[str], place: int) -> tuple[str, int]:
    """The path that begins there, in the words of get_json_object and inside quotes, and where it ends."""
    path, begin = "", place
    while place < len(tokens):
        token = tokens[place]
        if token == "[" and "]" in tokens[place:]:
            end = tokens.index("]", place)
            key = "".join(tokens[place + 1 : end]).strip()
            path += _member(key[1:-1]) if key[:1] in ("'", '"') else f"[{key}]"
            place = end + 1
        elif place > begin and token == "." and place + 1 < len(tokens):
            path += _step(tokens[place + 1])
            place += 2
        elif place == begin and (token[0] == "`" or re.match(r"[^\W\d]", token)):
            path += _step(token)
            place += 1
        else:
            break
    return path, place


def _step(token: str) -> str:
    return _member(token.strip("`")) if token[0] == "`" else f".{token}"


def _member(key: str) -> str:
    plain = re.sub(r"\\(.)", r"\1", key).replace("\\", "\\\\").replace("'", "\\'")
    return f"[\\'{plain}\\']"


def _casts(tokens: list[str]) -> list[str]:
    done: list[str] = []
    place = 0
    while place < len(tokens):
        behind = len(done)
        while behind and done[behind - 1].isspace():
            behind -= 1
        if tokens[place] == "::" and behind and is_operand_end(done[behind - 1]):
            end = type_end(tokens, place + 1)
            begin = begin_of_operand(done[:behind])
            name = getattr(done[begin], "name", "") if begin == behind - 1 else ""
            cast = f"CAST({''.join(done[begin:behind])} AS {''.join(tokens[place + 1 : end]).strip()})"
            done[begin:] = _apart(done[:begin], _value(cast, name))
            place = end
        else:
            done.append(tokens[place])
            place += 1
    return done


def _apart(before: list[str], value: str) -> list[str]:
    """A word may have stood right before a parenthesis."""
    return [" ", value] if before and (before[-1][-1].isalnum() or before[-1][-1] == "_") else [value]


def _value(text: str, name: str) -> str:
    value = _JsonValue(text)
    value.name = name
    return value


def _last_step(path: str) -> str:
    steps = re.findall(r"\.(\w+)|\[\\'(.*?)\\'\]", path)
    name = next((plain or quoted for plain, quoted in reversed(steps)), "")
    return re.sub(r"\\(.)", r"\1", name).replace("`", "``")


def _named(tokens: list[str]) -> list[str]:
    """A value at a path that is all of a column has the name of the path's last step."""
    return [
        f"{token} AS `{token.name}`" if isinstance(token, _JsonValue) and token.name and _is_column(tokens, place) else token
        for place, token in enumerate(tokens)
    ]


def _is_column(tokens: list[str], place: int) -> bool:
    before = [token for token in tokens[:place] if not _is_blank(token)]
    behind = next((token.upper() for token in tokens[place + 1 :] if not _is_blank(token)), "")
    if not before or before[-1].upper() not in _BEFORE_COLUMN or behind not in _BEHIND_COLUMN:
        return False
    depth = 0
    for token, earlier in zip(reversed(before), [*reversed(before[:-1]), ""]):
        depth += (token in ")]") - (token in "([")
        if depth < 0:
            return False  # an argument
        if depth == 0 and token.upper() in _CLAUSES and earlier.upper() != "DISTINCT":
            return token.upper() == "SELECT"
    return False


def _is_blank(token: str) -> bool:
    return token.isspace() or token.startswith(("--", "/*"))
