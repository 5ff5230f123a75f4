"""A document's text → its value, with the line and column of everything in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, NoReturn

from msgspec.structs import replace

from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.json_scanner import NotJsonError, Scanner, skip_space
from tropeiro.kernel.problems import escape, sentence, shown
from tropeiro.kernel.wording import grouped, says

MAX_BYTES = 1_000_000
"""Size of a document as UTF-8."""
KEY_CODES = frozenset({"unknown_key", "misplaced_key", "duplicate_key"})
"""Problems of these codes are about a member's key and are shown there; all others at its value."""


class Source:
    """A JSON text that was read: its value, and where everything in it stands."""

    def __init__(self, text: str) -> None:
        """Read ``text``. Raises `DocumentInvalid` with the one problem that makes it no JSON."""
        self.text = text
        self.value: Any = None
        self.duplicates: tuple[Problem, ...] = ()
        """Problems, one for each key that stands twice in its object; the value holds the last."""
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]
        scanner = Scanner(text)
        try:
            self.value = scanner.document()
        except NotJsonError as error:
            line, column = self.line_and_column(error.offset)
            pointer = "".join(f"/{escape(key)}" for key in reversed(error.keys))
            message = sentence(error.message)
            problem = Problem(
                code=error.code, pointer=pointer, message=message, hint=error.hint, line=line, column=column
            )
            raise DocumentInvalid((problem,)) from None
        self._marks = scanner.marks
        self.duplicates = tuple(self._duplicate(*found) for found in scanner.duplicates())

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """1-based line and column (in characters) of an offset into the text."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def locate(self, pointer: str, *, key: bool = False, column: int = 0) -> tuple[int, int]:
        """1-based line and column of what ``pointer`` names; of its nearest ancestor when there is no such thing.

        ``key`` gives the place of the member's key instead of its value; ``column`` (1-based) goes that far into
        the string that stands there, counting an escape such as ``\\n`` as the one character it means.
        """
        value, offset = self.value, skip_space(self.text, 0)
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            marks = self._marks.get(id(value))
            if isinstance(value, dict) and marks and name in value:
                key_offset, value_offset = marks[name]
                value, offset = value[name], key_offset if key else value_offset
            elif isinstance(value, list) and marks and name.isdecimal() and len(name) < 10 and int(name) < len(value):
                value, offset = value[int(name)], marks[int(name)]
            else:
                return self.line_and_column(offset)
        if column > 0 and isinstance(value, str) and not key:
            offset = self._inside_string(offset, column)
        return self.line_and_column(offset)

    def located(self, problem: Problem) -> Problem:
        """The problem with its line and column. Until then its ``column`` counts inside the string it points at."""
        if problem.line:
            return problem
        line, column = self.locate(problem.pointer, key=problem.code in KEY_CODES, column=problem.column)
        return replace(problem, line=line, column=column)

    def _inside_string(self, offset: int, column: int) -> int:
        at = offset + 1
        for _ in range(column - 1):
            if self.text[at] == '"':
                break
            if self.text[at] != "\\":
                at += 1
            elif self.text[at + 1] != "u":
                at += 2
            else:
                paired = "d800" <= self.text[at + 2 : at + 6].lower() < "dc00" and self.text[at + 6 : at + 8] == "\\u"
                at += 12 if paired and "dc00" <= self.text[at + 8 : at + 12].lower() < "e000" else 6
        return at

    def _duplicate(self, offset: int, first: int, pointer: str, key: str) -> Problem:
        line, column = self.line_and_column(offset)
        first_line, _ = self.line_and_column(first)
        return Problem(
            code="duplicate_key",
            pointer=f"{pointer}/{escape(key[:100])}",
            message=says(
                "The key {key} stands twice in the same object, first in line {first_line}.",
                key=shown(key),
                first_line=first_line,
            ),
            hint=says("Keep one of the two."),
            line=line,
            column=column,
        )


def read_source(text: str | bytes) -> Source:
    """Read a document's text (bytes are UTF-8). Raises `DocumentInvalid` with one problem when it is not JSON."""
    if isinstance(text, bytes):
        if text.startswith((b"\xff\xfe", b"\xfe\xff")):
            _refuse("bad_encoding", says("the document is UTF-16 text"), says("Save it as UTF-8."))
        if len(text) > MAX_BYTES:
            _refuse_size(len(text))
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode()
            _refuse(
                "bad_encoding",
                says("the byte 0x{byte} is not UTF-8", byte=f"{error.object[error.start]:02x}"),
                says("Save the document as UTF-8."),
                line=before.count("\n") + 1,
                column=len(before) - (before.rfind("\n") + 1) + 1,
            )
    elif len(text) > MAX_BYTES or (not text.isascii() and len(text.encode(errors="replace")) > MAX_BYTES):
        _refuse_size(len(text.encode(errors="replace")))
    if text.startswith("\ufeff"):
        hint = says("Save it as UTF-8 without one (in some editors: “UTF-8”, not “UTF-8 with BOM”).")
        _refuse("bad_encoding", says("the document begins with a byte order mark"), hint)
    return Source(text)


def _refuse(code: str, message: str, hint: str, *, line: int = 1, column: int = 1) -> NoReturn:
    problem = Problem(code=code, pointer="", message=sentence(message), hint=hint, line=line, column=column)
    raise DocumentInvalid((problem,))


def _refuse_size(size: int) -> NoReturn:
    message = says(
        "the document has {size} bytes; at most {most} are allowed",
        size=grouped(size),
        most=grouped(MAX_BYTES),
    )
    _refuse("too_large", message, says("Move parts of it into workflows of their own and call those."))
