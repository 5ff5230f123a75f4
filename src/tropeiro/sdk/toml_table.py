"""Reading the tables of a TOML file key by key, collecting every problem instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tropeiro.kernel.durations import parse_duration
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.plain_text import code_point, unseen
from tropeiro.kernel.problems import Findings, escape, kind_of, shown


class Table:
    """One table. Reading a key makes it known; `close` complains about those that nobody read."""

    def __init__(self, values: dict[str, Any], pointer: str, findings: Findings) -> None:
        self.pointer = pointer
        self.findings = findings
        self._values = values
        self._known: list[str] = []

    def refuse(self, key: str, code: str, message: str, hint: str = "") -> None:
        """Note a problem with one key."""
        self.findings.add(code, f"{self.pointer}/{escape(key)}", f"`{key}` {message}", hint)

    def has(self, key: str) -> bool:
        """Whether the key stands there."""
        self._known.append(key)
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """Every key that stands there."""
        return tuple(self._values)

    def text(self, key: str, default: str = "") -> str:
        """A text, or ``default`` when it is absent or wrong."""
        value = self._read(key, str, "text")
        if value is not None and (place := unseen(value, lines=True)) is not None:
            self.refuse(key, "bad_text", f"contains the invisible character {code_point(value[place])}", "Remove it.")
        return default if value is None else value

    def required(self, key: str, example: str) -> str:
        """A text that must be there and not be empty; ``""`` when it is wrong."""
        if not self.has(key):
            self.refuse(key, "missing_key", "is missing", f"Write {key} = {example}.")
            return ""
        text = self.text(key)
        if isinstance(self._values[key], str) and not text.strip():
            self.refuse(key, "empty", "is empty", f"Write {key} = {example}.")
        return text

    def matching(self, key: str, pattern: re.Pattern[str], rule: str, example: str) -> str:
        """A required text of a certain form; ``rule`` says it in words."""
        text = self.required(key, example)
        if text and not pattern.fullmatch(text):
            self.refuse(key, "bad_name", f"cannot be {shown(text)}", f"{rule} For example {key} = {example}.")
        return text

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._read(key, bool, "true or false")
        return default if value is None else value

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds, both included."""
        value = self._read(key, int, "a whole number")
        if value is None:
            return default
        if not least <= value <= most:
            self.refuse(key, "out_of_range", f"is {value}; it goes from {least} to {most}")
            return default
        return int(value)

    def duration(self, key: str, default: int) -> int:
        """Milliseconds, from a text such as ``"30s"``."""
        text = self._read(key, str, 'a duration such as "30s"')
        if text is None:
            return default
        try:
            milliseconds = parse_duration(text)
        except InvalidInput as error:
            self.refuse(key, "bad_duration", f"cannot be read: {error.message}", error.hint)
            return default
        if milliseconds == 0:
            self.refuse(key, "bad_duration", "must be more than zero")
        return milliseconds

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._read(key, list, "a list of texts")
        if value is None:
            return ()
        if not all(isinstance(item, str) for item in value):
            self.refuse(key, "wrong_type", "must be a list of texts")
            return ()
        return tuple(value)

    def mapping(self, key: str) -> dict[str, Any] | None:
        """A table taken as it is."""
        value: dict[str, Any] | None = self._read(key, dict, "a table")
        return value

    def table(self, key: str) -> Table | None:
        """A table inside this one."""
        value = self.mapping(key)
        return None if value is None else Table(value, f"{self.pointer}/{escape(key)}", self.findings)

    def tables(self, key: str) -> Iterator[Table]:
        """A list of tables (``[[key]]``)."""
        for place, value in enumerate(self._read(key, list, f"a list of tables, written as [[{key}]]") or ()):
            pointer = f"{self.pointer}/{escape(key)}/{place}"
            if isinstance(value, dict):
                yield Table(value, pointer, self.findings)
            else:
                self.findings.add("wrong_type", pointer, f"`{key}` must hold tables", f"Write [[{key}]] above each.")

    def close(self) -> None:
        """Complain about the keys that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                known = ", ".join(sorted(set(self._known)))
                hint = self.findings.near(key, self._known) or f"Known here: {known}."
                self.findings.add(
                    "unknown_key", f"{self.pointer}/{escape(key)}", f"{shown(key)} is not known here", hint
                )

    def _read(self, key: str, kind: type, words: str) -> Any:
        if not self.has(key):
            return None
        value = self._values[key]
        if type(value) is not kind:
            self.refuse(key, "wrong_type", f"must be {words}, not {_kind(value)}")
            return None
        return value


def _kind(value: Any) -> str:
    return "a table" if isinstance(value, dict) else kind_of(value)
