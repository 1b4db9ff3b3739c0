"""What Databricks' SQL has and Spark's grammar has not, said in Spark's words. What is in quotes and comments stays.

    table@v3, table@20240131120000000    table VERSION AS OF 3, table TIMESTAMP AS OF '…'
    column:path.to[0]                    get_json_object(column, '$.path.to[0]'), as a column named `to`
    value::type                          CAST(value AS type)

https://docs.databricks.com/en/sql/language-manual/operators/
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/|`[^`]*`|::|\d+(?:\.\d+)?|[\w$]+|\s+|.", re.DOTALL
)
_VERSION = re.compile(r"v(\d+)\Z", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})\Z")
_QUOTES = ("'", '"')
_CLAUSES = {"SELECT", "FROM", "WHERE", "BY", "HAVING", "VALUES", "SET", "ON", "LIMIT", "QUALIFY"}
_CLOSING = {")": "(", "]": "[", ">": "<"}


class _JsonValue(str):
    """A token that stands for the value at a path, whose last step is `name`."""

    name = ""


def of_sql(text: str) -> str:
    """The statement for Spark; the same text when nothing in it is Databricks' own."""
    if "@" not in text and ":" not in text:
        return text
    tokens = [match.group() for match in _TOKEN.finditer(text)]
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
        if (version or time) and done and _is_operand_end(done[-1]):
            next(left)
            token = f" VERSION AS OF {version[1]}" if version else " TIMESTAMP AS OF " + _time(moment)
        done.append(token)
    return done


def _time(digits: str) -> str:
    year, month, day, hour, minute, second, milliseconds = _MOMENT.match(digits).groups()  # type: ignore[union-attr]
    return f"'{year}-{month}-{day} {hour}:{minute}:{second}.{milliseconds}'"


def _json_paths(tokens: list[str]) -> list[str]:
    done: list[str] = []
    place = 0
    while place < len(tokens):
        path, end = "", place
        if tokens[place] == ":" and done and _is_operand_end(done[-1]) and not _is_in_type(done):
            path, end = _json_path(tokens, place + 1)
        if path:
            begin = _operand_begin(done)
            done[begin:] = [_value(f"get_json_object({''.join(done[begin:])}, '${path}')", _last_step(path))]
            place = end
        else:
            done.append(tokens[place])
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
            path += f"[{_member(key[1:-1]) if key[:1] in _QUOTES else key}]"
            place = end + 1
        elif place > begin and token == "." and place + 1 < len(tokens):
            place += 1
            path += _step(tokens[place])
            place += 1
        elif place == begin and (token[0] == "`" or re.match(r"[^\W\d]", token)):
            path += _step(token)
            place += 1
        else:
            break
    return path, place


def _step(token: str) -> str:
    return f"[{_member(token.strip('`'))}]" if token[0] == "`" else f".{token}"


def _member(key: str) -> str:
    return f"\\'{key}\\'"


def _casts(tokens: list[str]) -> list[str]:
    done: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place] == "::" and done and _is_operand_end(done[-1]):
            end = _type_end(tokens, place + 1)
            begin = _operand_begin(done)
            name = getattr(done[begin], "name", "") if begin == len(done) - 1 else ""
            done[begin:] = [_value(f"CAST({''.join(done[begin:])} AS {''.join(tokens[place + 1 : end]).strip()})", name)]
            place = end
        else:
            done.append(tokens[place])
            place += 1
    return done


def _value(text: str, name: str) -> str:
    value = _JsonValue(text)
    value.name = name
    return value


def _last_step(path: str) -> str:
    steps = re.findall(r"\.(\w+)|\[\\'(.*?)\\'\]", path)
    return next((plain or quoted for plain, quoted in reversed(steps)), "")


def _named(tokens: list[str]) -> list[str]:
    """A value at a path that is all of a column has the name of the path's last step."""
    return [
        f"{token} AS `{token.name}`" if isinstance(token, _JsonValue) and token.name and _is_column(tokens, place) else token
        for place, token in enumerate(tokens)
    ]


def _is_column(tokens: list[str], place: int) -> bool:
    before, behind = _words(tokens[:place]), _words(tokens[place + 1 :])
    if before[-1:] not in (["SELECT"], ["DISTINCT"], [","]) or behind[:1] not in ([], ["FROM"], [","], [")"], [";"]):
        return False
    depth = 0
    for token in reversed(before):
        depth += (token in ")]") - (token in "([")
        if depth < 0:
            return False  # an argument
        if depth == 0 and token in _CLAUSES:
            return token == "SELECT"
    return False


def _words(tokens: list[str]) -> list[str]:
    return [token.upper() for token in tokens if not (token.isspace() or token.startswith(("--", "/*")))]


def _type_end(tokens: list[str], place: int) -> int:
    """Behind a type: a name, and what stands in parentheses or angle brackets right after it."""
    place += tokens[place : place + 1] != [] and tokens[place].isspace()
    place += 1
    depth, closing = 0, {"(": ")", "<": ">"}.get(tokens[place] if place < len(tokens) else "")
    if closing is None:
        return place
    opening = tokens[place]
    while place < len(tokens):
        depth += (tokens[place] == opening) - (tokens[place] == closing)
        place += 1
        if depth == 0:
            break
    return place


def _is_operand_end(token: str) -> bool:
    return token[-1] in ")]`'\"" or token[-1].isalnum() or token[-1] in "_$"


def _operand_begin(done: list[str]) -> int:
    """Where the value begins that ends with the last token: a name, a literal, a call, or what is in parentheses."""
    place = len(done) - 1
    if done[place].upper() == "END":
        return _case_begin(done)
    while True:
        if done[place] in (")", "]"):
            place = _opening(done, place)
            # A function's name, or what is indexed, stands right before.
            if place > 0 and _is_operand_end(done[place - 1]):
                place -= 1
                continue
            return place
        if place >= 2 and done[place - 1] == "." and _is_operand_end(done[place - 2]):
            place -= 2
            continue
        # A parameter's colon.
        return place - 1 if place >= 1 and done[place - 1] == ":" else place


def _opening(done: list[str], place: int) -> int:
    opening, depth = _CLOSING[done[place]], 0
    closing = done[place]
    while place >= 0:
        depth += (done[place] == closing) - (done[place] == opening)
        if depth == 0:
            return place
        place -= 1
    return 0


def _case_begin(done: list[str]) -> int:
    depth = 0
    for place in range(len(done) - 1, -1, -1):
        depth += (done[place].upper() == "END") - (done[place].upper() == "CASE")
        if depth == 0:
            return place
    return len(done) - 1


def _is_in_type(done: list[str]) -> bool:
    """Whether a STRUCT< is open, whose members have colons of their own."""
    depth = 0
    for place in range(len(done) - 1, 0, -1):
        depth += (done[place] == ">") - (done[place] == "<")
        if depth < 0 and done[place - 1].upper() == "STRUCT":
            return True
    return False
