"""Where a value begins that an operator follows, and where a type ends that one stands before, in SQL's tokens."""

from __future__ import annotations

_OPENING = {")": "(", "]": "["}
_NO_FUNCTIONS = frozenset(
    "SELECT DISTINCT ALL FROM WHERE AND OR NOT IN ON BY HAVING LIMIT CASE WHEN THEN ELSE LIKE RLIKE ILIKE BETWEEN IS AS JOIN USING"
    " VALUES EXISTS UNION EXCEPT INTERSECT OVER FILTER GROUP ORDER SET WITH".split()
)
_TYPED_LITERALS = {"DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "INTERVAL", "X", "BINARY"}
_WITH_SIZES = {"DECIMAL", "DEC", "NUMERIC", "VARCHAR", "CHAR"}
_WITH_TYPES = {"ARRAY", "MAP", "STRUCT"}
_UNITS = {unit + plural for unit in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND") for plural in ("", "S")} | {"TO"}


def is_operand_end(token: str) -> bool:
    """Whether a value may end with it."""
    return token[-1] in ")]`'\"" or (token[-1].isalnum() or token[-1] in "_$") and token.upper() not in _NO_FUNCTIONS


def last_word(tokens: list[str]) -> str:
    """The last token that is no blank, in capitals; "" = there is none."""
    place = _before(tokens, len(tokens))
    return tokens[place].upper() if place >= 0 else ""


def begin_of_operand(tokens: list[str]) -> int:
    """Where the value begins that ends with the last token: a literal, a name, a call, CASE … END, what is in parentheses."""
    place = len(tokens) - 1
    if _is_word(tokens, place, "END"):
        return _begin_of_case(tokens)
    if tokens[place][-1] in "'\"":
        return _begin_of_text(tokens, place)
    while True:
        if tokens[place] in _OPENING:
            place = _opening(tokens, place)
            called = _before(tokens, place)
            if called >= 0 and tokens[called].upper() in ("OVER", "FILTER"):
                place = _before(tokens, called)
            elif called >= 0 and tokens[called].upper() == "GROUP" and last_word(tokens[:called]) == "WITHIN":
                place = _before(tokens, _before(tokens, called))
            elif called >= 0 and is_operand_end(tokens[called]) and tokens[called][-1] not in "'\"":
                place = called
            else:
                return place
            continue
        if place >= 2 and tokens[place - 1] == "." and is_operand_end(tokens[place - 2]):
            place -= 2
            continue
        # A parameter's colon.
        return place - 1 if place >= 1 and tokens[place - 1] == ":" else place


def type_end(tokens: list[str], place: int) -> int:
    """Behind the type that begins there: a name, and the sizes, types or units that belong to it."""
    if place < len(tokens) and tokens[place].isspace():
        place += 1
    name = tokens[place].upper() if place < len(tokens) else ""
    place += 1
    behind = place + (place < len(tokens) and tokens[place].isspace())
    following = tokens[behind] if behind < len(tokens) else ""
    if name == "INTERVAL":
        while behind < len(tokens) and tokens[behind].upper() in _UNITS:
            place = behind + 1
            behind = place + (place < len(tokens) and tokens[place].isspace())
        return place
    if (name in _WITH_SIZES and following == "(") or (name in _WITH_TYPES and following == "<"):
        return _closing(tokens, behind)
    return place


def _begin_of_text(tokens: list[str], place: int) -> int:
    """Texts that follow one another are one, and a word may say what a text is."""
    while True:
        earlier = _before(tokens, place)
        if earlier < 0:
            return place
        if tokens[earlier][-1] in "'\"":
            place = earlier
        else:
            return earlier if tokens[earlier].upper() in _TYPED_LITERALS else place


def _begin_of_case(tokens: list[str]) -> int:
    depth = 0
    for place in range(len(tokens) - 1, -1, -1):
        depth += _is_word(tokens, place, "END") - _is_word(tokens, place, "CASE")
        if depth == 0:
            return place
    return len(tokens) - 1


def _is_word(tokens: list[str], place: int, word: str) -> bool:
    """Not of a name, as in `window.end`."""
    return tokens[place].upper() == word and not (place > 0 and tokens[place - 1] == ".")


def _opening(tokens: list[str], place: int) -> int:
    closing, opening, depth = tokens[place], _OPENING[tokens[place]], 0
    for back in range(place, -1, -1):
        depth += (tokens[back] == closing) - (tokens[back] == opening)
        if depth == 0:
            return back
    return 0


def _closing(tokens: list[str], place: int) -> int:
    opening, depth = tokens[place], 0
    closing = {"(": ")", "<": ">"}[opening]
    for ahead in range(place, len(tokens)):
        depth += (tokens[ahead] == opening) - (tokens[ahead] == closing)
        if depth == 0:
            return ahead + 1
    return len(tokens)


def _before(tokens: list[str], place: int) -> int:
    """The last token before `place` that is no blank; -1 = there is none."""
    place -= 1
    while place >= 0 and tokens[place].isspace():
        place -= 1
    return place
