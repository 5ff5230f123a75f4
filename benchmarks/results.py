"""Results of the benchmarks: one record a measurement, one file a day, one table of all."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec
import psutil

OURS = "tropeiro"
FOLDER = Path(__file__).parent / "results"
COMPARED = ("W1", "W2", "W3")
"""The workloads that peers are measured with too."""
MORE_IS_BETTER = frozenset({"steps/s", "1/s", "rows/s"})


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One workload of one engine."""

    workload: str
    engine: str
    version: str
    setup: str
    """How the engine was run, and what differs from the workload's definition."""
    unit: str
    median: float | None
    """``None`` when it was not measured; ``setup`` then says why."""
    runs: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What a later measurement replaces."""
        return self.engine, self.workload


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    load: float
    """Load average of the last minute before the run: more than a little means that others were busy."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one day on one machine."""

    date: str
    machine: Machine
    results: tuple[Result, ...] = ()


def measured(
    workload: str, unit: str, runs: Sequence[float], *, version: str, setup: str, engine: str = OURS
) -> Result:
    """The result of some runs, of which the median counts."""
    return Result(
        workload=workload, engine=engine, version=version, setup=setup, unit=unit,
        median=_short(statistics.median(runs)), runs=tuple(_short(run) for run in runs),
    )  # fmt: skip


def not_measured(workload: str, unit: str, reason: str, *, engine: str, version: str = "") -> Result:
    """A row that says why there is no number."""
    return Result(
        workload=workload, engine=engine, version=version, setup=f"not measured: {reason}", unit=unit, median=None
    )


def this_machine() -> Machine:
    """What can be known of this machine."""
    return Machine(
        cpu=_cpu(), cores=os.cpu_count() or 1, memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        kernel=platform.release(), python=platform.python_version(), load=round(os.getloadavg()[0], 2),
    )  # fmt: skip


def merged(known: Iterable[Result], new: Iterable[Result]) -> tuple[Result, ...]:
    """``known`` with each result replaced that was measured again, ours first, in the order of engine and workload."""
    by_key = {one.key: one for one in [*known, *new]}
    return tuple(sorted(by_key.values(), key=lambda one: (one.engine != OURS, one.engine, one.workload)))


def write(new: Sequence[Result], machine: Machine, *, folder: Path = FOLDER, day: date | None = None) -> Path:
    """Merge ``new`` into the file of the day, and return its path."""
    name = (day or datetime.now().astimezone().date()).isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    known = msgspec.json.decode(path.read_bytes(), type=Report).results if path.exists() else ()
    report = Report(date=name, machine=machine, results=merged(known, new))
    # Moved when whole: a run that is interrupted must not cost what an earlier one measured.
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    unfinished.replace(path)
    return path


def read(path: Path) -> Report:
    """A report that was written."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def table(report: Report) -> str:
    """Markdown: engines against the workloads that all have, then what is measured of ours only, then the reasons."""
    machine = report.machine
    lines = [
        f"{report.date}, {machine.cores} cores ({machine.cpu}), {machine.memory_gib:g} GiB, Linux {machine.kernel},"
        f" Python {machine.python}, load before the run {machine.load:g}",
        "",
        *_compared(report.results),
    ]
    rest = [one for one in report.results if one.workload not in COMPARED]
    if rest:
        lines += ["", "| measured | median | unit | remark |", "|---|---:|---|---|"]
        lines += [f"| {one.workload} | {_shown(one.median)} | {one.unit} | {one.setup} |" for one in rest]
    if _of_compared(report.results):
        lines += ["", "| engine | workload | setup |", "|---|---|---|"]
        lines += [f"| {one.engine} | {one.workload} | {one.setup} |" for one in _of_compared(report.results)]
    return "\n".join(lines)


def ratio(ours: Result, peer: Result) -> float | None:
    """How many times better ours is; less than 1 when the peer is better. ``None`` when one was not measured."""
    if not ours.median or not peer.median:
        return None
    return ours.median / peer.median if ours.unit in MORE_IS_BETTER else peer.median / ours.median


def _compared(results: Sequence[Result]) -> list[str]:
    cells = {one.key: one for one in _of_compared(results)}
    engines = list(dict.fromkeys(one.engine for one in cells.values()))
    units = {one.workload: one.unit for one in cells.values()}
    heads = [f"{workload} ({units[workload]})" for workload in COMPARED if workload in units]
    lines = [f"| engine | version | {' | '.join(heads)} |", "|---|---|" + "---:|" * len(heads)]
    for engine in engines:
        row = [cells.get((engine, workload)) for workload in COMPARED if workload in units]
        version = next((one.version for one in row if one is not None and one.version), "")
        lines.append(f"| {engine} | {version} | {' | '.join(_cell(one, cells) for one in row)} |")
    return lines


def _cell(one: Result | None, cells: dict[tuple[str, str], Result]) -> str:
    if one is None:
        return ""
    if one.median is None:
        return "not measured"
    ours = cells.get((OURS, one.workload))
    times = ratio(ours, one) if ours is not None and one.engine != OURS else None
    return _shown(one.median) + (f" (ours {times:,.1f} ×)" if times is not None else "")


def _of_compared(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.workload in COMPARED]


def _shown(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
