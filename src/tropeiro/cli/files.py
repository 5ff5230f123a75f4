"""Reading what the command line names: a file, standard input, or JSON written in place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from tropeiro.kernel.errors import InvalidInput

LARGEST = 16 * 2**20
"""Bytes. What is larger is not a document or an input but data, and belongs behind a reference."""


def read_text(path: Path) -> bytes:
    """The bytes of the file, or of standard input when it is ``-``. Raises `InvalidInput`."""
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem.strerror}.", hint="Check the path.") from problem
    if len(content) > LARGEST:
        raise InvalidInput(f"{path} is larger than {LARGEST // 2**20} MB.", hint="Put large values behind a URL.")
    return content


def read_json(argument: str, *, what: str) -> Any:
    """The value of ``JSON`` or ``@FILE`` given on the command line. Raises `InvalidInput`."""
    from_file = argument.startswith("@")
    text = read_text(Path(argument[1:])) if from_file else argument.encode()
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as problem:
        place = f" in {argument[1:]}" if from_file else ""
        raise InvalidInput(
            f"{what}{place} is not JSON: {problem}.",
            hint="Write it in single quotes, such as '{\"days\": 28}', or name a file with @FILE.",
        ) from problem
