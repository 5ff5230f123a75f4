"""Writing results to stdout and everything else to stderr, for people or for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

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


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "", aside: bool = False) -> None:
    """A table on stdout (``aside``: on stderr), or ``empty`` when there are no rows. Text is never read as markup."""
    listed = [[Text("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not listed:
        print_line(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        table.add_row(*row)
    console = Console(stderr=aside)
    if not console.is_terminal:
        # Wide enough for every cell: a file or a pipe has no edge to fold at.
        options = console.options.update(max_width=10_000)
        console.width = max(console.width, Measurement.get(console, options, table).maximum)
    console.print(table)


def print_result(value: Any, *, json: bool, people: Callable[[], None]) -> None:
    """``value`` as JSON, or what ``people`` prints."""
    if json:
        print_json(value)
    else:
        people()


def warn_line(text: str, *, style: str = "") -> None:
    """One line on stderr, coloured when that is a terminal."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(text, style=style))
