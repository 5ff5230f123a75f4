"""Writing results to stdout and everything else to stderr, for people or for machines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
"""The option that every command has."""


def json_text(value: Any, *, indent: int = 0) -> str:
    """``value`` as JSON on one line, or indented."""
    encoded = msgspec.json.encode(value, enc_hook=_plain)
    return (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON")


def print_json(value: Any) -> None:
    """A result on stdout: indented when a person looks at it, one line when a program does."""
    sys.stdout.write(f"{json_text(value, indent=2 if sys.stdout.isatty() else 0)}\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """One line on stdout, as it is."""
    sys.stdout.write(f"{text}\n")


def print_result(value: Any, *, json: bool, people: Callable[[], None]) -> None:
    """``value`` as JSON, or what ``people`` prints."""
    if json:
        print_json(value)
    else:
        people()


def warn_line(text: str, *, colour: str = "") -> None:
    """One line on stderr, coloured when that is a terminal."""
    coloured = colour and sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    sys.stderr.write(f"{typer.style(text, fg=colour) if coloured else text}\n")
