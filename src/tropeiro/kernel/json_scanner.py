"""JSON, scanned in one pass that remembers where everything stands, and says precisely what is not JSON.

The grammar is RFC 8259's. The standard decoder is not used because people need to be told where a problem is, which
key stands twice, and what a slip (a trailing comma, a comment, single quotes) looks like.
"""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from tropeiro.kernel.plain_json import MAX_DEPTH
from tropeiro.kernel.problems import escape, shown
from tropeiro.kernel.wording import phrase, says

MAX_DUPLICATES = 100
"""Keys that stand twice: so many are listed."""

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f]*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[^\s,:\]}{\[\"']{1,40}")
_CONSTANTS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    # Not JSON, but read as what they mean, so that the one who wrote them is told so (`check_plain` refuses them).
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_MISSPELT = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null", "nan": "null"}
# By the character that closes a list or an object.
_AFTER_VALUE = {
    "]": phrase("after a value of this list comes {found}"),
    "}": phrase("after a value of this object comes {found}"),
}
_GO_ON = {"]": phrase("Write a comma, or ] to end the list."), "}": phrase("Write a comma, or } to end the object.")}
_ENDS_INSIDE = {
    "]": phrase("the document ends inside the list that begins in line {line}"),
    "}": phrase("the document ends inside the object that begins in line {line}"),
}


class NotJsonError(Exception):
    """The text stops being JSON at ``offset``; ``keys`` (innermost first) lead there."""

    def __init__(self, offset: int, message: str, hint: str = "", code: str = "json_syntax") -> None:
        super().__init__(message)
        self.offset, self.message, self.hint, self.code = offset, message, hint, code
        self.keys: list[str] = []


def skip_space(text: str, at: int) -> int:
    """Offset of the first character from ``at`` on that is not JSON's white space."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


class Scanner:
    """One pass over the text. ``marks`` holds, by ``id`` of a list or object, the offsets of what is in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.value: Any = None
        self.marks: dict[int, Any] = {}
        self._twice: list[tuple[int, int, str, dict[str, Any]]] = []

    def document(self) -> Any:
        """The value of the whole text. Raises `NotJsonError`."""
        start = skip_space(self.text, 0)
        if start == len(self.text):
            raise NotJsonError(
                start, says("the document is empty"), says('Write a list of steps, for example [{"id": …}].')
            )
        value, end = self._value(start, 0)
        end = skip_space(self.text, end)
        if end != len(self.text):
            raise NotJsonError(
                end,
                says("the document goes on with {found} after its end", found=self._here(end)),
                says("Remove what follows, or a bracket."),
            )
        self.value = value
        return value

    def duplicates(self) -> list[tuple[int, int, str, str]]:
        """Of each key that stands twice in one object: its offset, the first one's, the object's pointer, the key."""
        pointers: dict[int, str] = {}
        waiting = [(self.value, "")] if self._twice else []
        wanted = {id(members) for _, _, _, members in self._twice}
        while waiting:
            value, pointer = waiting.pop()
            if isinstance(value, dict):
                if id(value) in wanted:
                    pointers[id(value)] = pointer
                waiting.extend((inner, f"{pointer}/{escape(key[:100])}") for key, inner in value.items())
            elif isinstance(value, list):
                waiting.extend((inner, f"{pointer}/{i}") for i, inner in enumerate(value))
        return [(at, first, pointers.get(id(members), ""), key) for at, first, key, members in self._twice]

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        text = self.text
        first = text[at : at + 1]
        if first == '"':
            return self._string(at)
        if first in ("{", "["):
            if depth >= MAX_DEPTH:
                raise NotJsonError(
                    at,
                    says("the document is nested deeper than {most} levels", most=MAX_DEPTH),
                    code="too_deep",
                )
            return self._object(at, depth) if first == "{" else self._list(at, depth)
        number = _NUMBER.match(text, at)
        if number and not _WORD.match(text, number.end()):
            return _number(number), number.end()
        word = _WORD.match(text, at)
        if word and word[0] in _CONSTANTS:
            return _CONSTANTS[word[0]], word.end()
        return self._no_value(at)

    def _string(self, at: int) -> tuple[str, int]:
        plain = _PLAIN_STRING.match(self.text, at)
        if plain:
            return plain[1], plain.end()
        try:
            value, end = scanstring(self.text, at + 1, True)
        except JSONDecodeError as error:
            where = error.pos
            if error.msg.startswith("Unterminated"):
                raise NotJsonError(
                    at, says("the text that begins here has no closing quote"), says('Add the missing ".')
                ) from None
            if error.msg.startswith("Invalid control"):
                raise NotJsonError(
                    where,
                    says("a line break, tab or control character stands in a text"),
                    says("Write it as an escape, for example \\n or \\t, or add the missing closing quote."),
                ) from None
            raise NotJsonError(
                where,
                says("a backslash is not followed by a known escape"),
                says('Write \\\\ for a backslash, \\" for a quote.'),
            ) from None
        return value, end

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        marks: list[int] = []
        self.marks[id(items)] = marks
        opened, at = at, skip_space(self.text, at + 1)
        if self.text[at : at + 1] == "]":
            return items, at + 1
        while True:
            marks.append(at)
            try:
                item, at = self._value(at, depth + 1)
            except NotJsonError as error:
                error.keys.append(str(len(items)))
                raise
            items.append(item)
            at = skip_space(self.text, at)
            mark = self.text[at : at + 1]
            if mark == "]":
                return items, at + 1
            comma, at = at, self._next(at, mark, opened, "]")
            if self.text[at : at + 1] == "]":
                raise NotJsonError(comma, says("a comma stands before the end of the list"), says("Remove the comma."))

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        members: dict[str, Any] = {}
        marks: dict[str, tuple[int, int]] = {}
        self.marks[id(members)] = marks
        opened, at = at, skip_space(self.text, at + 1)
        if self.text[at : at + 1] == "}":
            return members, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                self._no_key(at, opened)
            key_at = at
            key, at = self._string(at)
            at = skip_space(self.text, at)
            if self.text[at : at + 1] != ":":
                raise NotJsonError(
                    at,
                    says("the key {key} is followed by {found}", key=shown(key), found=self._here(at)),
                    says("Write a colon and a value."),
                )
            at = skip_space(self.text, at + 1)
            first = marks[key][0] if key in marks else key_at
            if first != key_at and len(self._twice) < MAX_DUPLICATES:
                self._twice.append((key_at, first, key, members))
            marks[key] = (first, at)
            try:
                members[key], at = self._value(at, depth + 1)
            except NotJsonError as error:
                error.keys.append(key[:100])
                raise
            at = skip_space(self.text, at)
            mark = self.text[at : at + 1]
            if mark == "}":
                return members, at + 1
            comma, at = at, self._next(at, mark, opened, "}")
            if self.text[at : at + 1] == "}":
                raise NotJsonError(
                    comma, says("a comma stands before the end of the object"), says("Remove the comma.")
                )

    def _next(self, at: int, mark: str, opened: int, closing: str) -> int:
        """Step over the comma at ``at`` to what follows it."""
        if mark == ",":
            return skip_space(self.text, at + 1)
        if not mark:
            self._truncated(opened, closing)
        raise NotJsonError(
            at,
            says(_AFTER_VALUE[closing], found=self._here(at)),
            says(_GO_ON[closing]),
        )

    def _no_key(self, at: int, opened: int) -> NoReturn:
        if at == len(self.text):
            self._truncated(opened, "}")
        word = _WORD.match(self.text, at)
        if self.text[at] == "'":
            raise NotJsonError(at, says("a key stands in single quotes"), says('JSON uses double quotes: "key".'))
        self._refuse_comment(at)
        if word:
            raise NotJsonError(
                at,
                says("the key {word} has no quotes", word=shown(word[0])),
                says('Write it as "{word}".', word=word[0]),
            )
        raise NotJsonError(
            at, says("a key was expected, not {found}", found=self._here(at)), says("Write a key in double quotes.")
        )

    def _no_value(self, at: int) -> NoReturn:
        if at == len(self.text):
            raise NotJsonError(
                at, says("the document ends where a value was expected"), says("The text may have been cut off.")
            )
        word = _WORD.match(self.text, at)
        if self.text[at] == "'":
            raise NotJsonError(at, says("a text stands in single quotes"), says('JSON uses double quotes: "text".'))
        self._refuse_comment(at)
        if word and word[0] in _MISSPELT:
            raise NotJsonError(
                at,
                says("{word} is not JSON", word=shown(word[0])),
                says("Write {misspelt}.", misspelt=_MISSPELT[word[0]]),
            )
        if word and (word[0][0].isdigit() or word[0][0] in "+-."):
            hint = says("No leading zeros or plus sign, digits on both sides of the point, no other base than ten.")
            raise NotJsonError(at, says("{word} is not a JSON number", word=shown(word[0])), hint)
        if word:
            raise NotJsonError(
                at, says("{word} is not a JSON value", word=shown(word[0])), says("A text stands in double quotes.")
            )
        raise NotJsonError(
            at,
            says("a value was expected, not {found}", found=self._here(at)),
            says("Write a value, or remove the comma before."),
        )

    def _refuse_comment(self, at: int) -> None:
        if self.text[at] == "#" or self.text[at : at + 2] in ("//", "/*"):
            raise NotJsonError(
                at, says("JSON has no comments"), says("Remove it; a step's `name` can explain what it does.")
            )

    def _truncated(self, opened: int, closing: str) -> NoReturn:
        line = self.text.count("\n", 0, opened) + 1
        message = says(_ENDS_INSIDE[closing], line=line)
        raise NotJsonError(
            len(self.text),
            message,
            says("Write the missing {closing}; the text may have been cut off.", closing=closing),
        )

    def _here(self, at: int) -> str:
        return shown(self.text[at]) if at < len(self.text) else says("the end of the document")


def _number(found: re.Match[str]) -> int | float:
    # Python converts no longer integers; as a float they become infinite, and are refused as too large.
    if found[1] is None and found[2] is None and len(found[0]) < 4_000:
        return int(found[0])
    return float(found[0])
