"""What is shown of a job while it runs, on stderr: a live table on a terminal, lines of change elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tropeiro.cli.step_lines import MARKS, detail, is_over, took
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.logs import Line
from tropeiro.web.jobs.queries import JobDetails
from tropeiro.web.jobs.steps import StepRow

_LEVELS = {"warning": "yellow", "error": "red"}


class View(Protocol):
    """Is told again and again how things are."""

    def show(self, job: JobDetails, rows: Sequence[StepRow], lines: Sequence[Line]) -> None:
        """The job, all its steps, and log lines that were not shown before."""


@contextmanager
def view(*, quiet: bool = False) -> Iterator[View]:
    """A live table when stderr is a terminal, lines when it is not, nothing when ``quiet``."""
    if quiet:
        yield _Silence()
        return
    console = Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        yield _Lines(console)
        return
    shown = _Table(console)
    with Live(console=console, get_renderable=shown.render, refresh_per_second=5):
        yield shown


def log_text(line: Line) -> Text:
    """A log line for people."""
    fields = " ".join(f"{name}={value}" for name, value in line.fields.items())
    text = Text(f"{line.at:%H:%M:%S} {line.level:<7} ", style=_LEVELS.get(line.level, ""))
    text.append(f"{line.path} " if line.path else "", style="dim")
    text.append(line.message, style="")
    return text.append(f" {fields}" if fields else "", style="dim")


class _Silence:
    def show(self, job: JobDetails, rows: Sequence[StepRow], lines: Sequence[Line]) -> None:
        """Nothing."""


class _Lines:
    """One line for every step that comes to stand otherwise."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: dict[str, tuple[object, ...]] = {}

    def show(self, job: JobDetails, rows: Sequence[StepRow], lines: Sequence[Line]) -> None:
        for line in lines:
            self._print(log_text(line))
        if job.state is JobState.PAUSED:
            self._once("", ("paused",), "The job is paused.")
        for row in rows:
            # The items of a foreach are told when all that there are have come to their end.
            if row.many and not is_over(row):
                continue
            stand = (row.state, row.tries, row.done if row.many else 0)
            told = "  ".join(part for part in (detail(row), took(row.started_at, row.finished_at)) if part)
            self._once(row.path, stand, f"{MARKS[row.state][0]} {row.state:<10} {row.path}  {told}")

    def _once(self, key: str, stand: tuple[object, ...], text: str) -> None:
        if self._seen.get(key) != stand:
            self._seen[key] = stand
            self._print(Text(text))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


class _Table:
    """All steps, redrawn in place; log lines scroll above."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._job: JobDetails | None = None
        self._rows: Sequence[StepRow] = ()

    def show(self, job: JobDetails, rows: Sequence[StepRow], lines: Sequence[Line]) -> None:
        self._job, self._rows = job, rows
        for line in lines:
            self._console.print(log_text(line))

    def render(self) -> Table:
        """The table as of now: durations go on by themselves."""
        table = Table.grid(padding=(0, 2))
        for row in self._rows:
            sign, colour = MARKS[row.state]
            name = Text("  " * row.depth).append(f"{sign} ", style=colour).append(row.name)
            table.add_row(
                name, Text(row.uses, style="dim"), Text(detail(row)), Text(took(row.started_at, row.finished_at))
            )
        if self._job is not None and not self._rows:
            table.add_row(Text(f"{self._job.state} …", style="dim"))
        return table
