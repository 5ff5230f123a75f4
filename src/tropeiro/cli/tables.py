"""Tables for people. Apart from `output`, because what draws them takes longer to load than most commands to run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tropeiro.cli.output import print_line


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
