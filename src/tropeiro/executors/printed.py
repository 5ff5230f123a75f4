"""What a service prints goes to its job's log, line by line, in bounds."""

from __future__ import annotations

import codecs
import io
import sys
from contextvars import ContextVar
from typing import BinaryIO, TextIO

from tropeiro.ports.executor import Reporter
from tropeiro.sdk.redaction import Redactor

MAX_LINES = 1_000
"""Printed lines of one call that reach the log."""
MAX_CHARACTERS = 1_000_000
"""Characters of them together."""
MAX_LINE = 16_000
"""Characters of one line; a longer one is split."""
LEVELS = {"stdout": "debug", "stderr": "warning"}
"""Level of the lines of each stream."""


class Printed:
    """The printed lines of one call. Values of its credential are masked."""

    def __init__(self, reporter: Reporter, redactor: Redactor) -> None:
        self._reporter = reporter
        self._redactor = redactor
        self._rest = dict.fromkeys(LEVELS, "")
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}
        self._lines = 0
        self._characters = 0
        self._cut = False

    def feed(self, stream: str, data: bytes) -> None:
        """Take what was written to ``stdout`` or ``stderr``; whole lines are logged at once."""
        decoder = self._decoders.get(stream)
        if decoder is None:
            decoder = self._decoders[stream] = codecs.getincrementaldecoder("utf-8")("replace")
        self.write(stream, decoder.decode(data))

    def write(self, stream: str, text: str) -> None:
        """The same, for text."""
        *lines, rest = (self._rest[stream] + text).split("\n")
        while len(rest) > 2 * MAX_LINE:
            # Masked before it is cut, and never cut near its end, so that no secret is cut in two.
            rest = self._redactor.text(rest)
            lines.append(rest[:MAX_LINE])
            rest = rest[MAX_LINE:]
        self._rest[stream] = "" if self._cut else rest
        for line in lines:
            self._log(stream, line)

    def close(self) -> None:
        """Log what was written without an end of line."""
        for stream in LEVELS:
            rest, self._rest[stream] = self._rest[stream], ""
            if rest:
                self._log(stream, rest)

    def _log(self, stream: str, line: str) -> None:
        text = self._redactor.text(line.rstrip())
        if self._cut or not text:
            return
        if self._lines >= MAX_LINES or self._characters + len(text) > MAX_CHARACTERS:
            self._cut = True
            self._reporter.log(
                "warning",
                f"The rest of what was printed is left out: at most {MAX_LINES:,} lines, {MAX_CHARACTERS:,} characters",
                {},
            )
            return
        self._lines += 1
        self._characters += len(text)
        while text:
            self._reporter.log(LEVELS[stream], text[:MAX_LINE], {"stream": stream})
            text = text[MAX_LINE:]


_printing: ContextVar[Printed | None] = ContextVar("tropeiro_printing", default=None)


def print_to(printed: Printed) -> None:
    """From here on, in this task and in tasks and threads that it begins, ``print`` writes to ``printed``.

    It needs `install`. The task is one that makes the call and nothing else: there is no way back.
    """
    _printing.set(printed)


class _Divided(io.TextIOBase):
    """A standard stream whose text goes to the call that prints it; without a call, to the real stream."""

    def __init__(self, name: str, real: TextIO) -> None:
        self.stream_name = name
        self.real = real

    def write(self, text: str) -> int:
        printed = _printing.get()
        if printed is None:
            return self.real.write(text)
        printed.write(self.stream_name, text)
        return len(text)

    def flush(self) -> None:
        if _printing.get() is None:
            self.real.flush()

    def fileno(self) -> int:
        return self.real.fileno()

    def isatty(self) -> bool:
        return _printing.get() is None and self.real.isatty()

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> BinaryIO:
        """The real stream's bytes: who writes bytes speaks past the log."""
        return self.real.buffer

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.real.encoding


def install() -> None:
    """Divide ``sys.stdout`` and ``sys.stderr`` of this process among the calls that print. Twice is harmless."""
    for name in LEVELS:
        stream = getattr(sys, name)
        if not isinstance(stream, _Divided):
            setattr(sys, name, _Divided(name, stream))


def uninstall() -> None:
    """Give this process its streams back."""
    for name in LEVELS:
        stream = getattr(sys, name)
        if isinstance(stream, _Divided):
            setattr(sys, name, stream.real)
