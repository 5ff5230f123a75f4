"""Results of the benchmarks: merged by engine and workload, written whole, shown with ratios that read one way."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from benchmarks.results import Machine, Report, Result, measured, merged, not_measured, ratio, read, table, write
from benchmarks.turns import in_turns, line

MACHINE = Machine(cpu="a cpu", cores=2, memory_gib=8.0, kernel="6.1", python="3.11.7", load=0.1)
DAY = date(2026, 1, 31)


def result(workload: str, unit: str, *runs: float, engine: str = "tropeiro") -> Result:
    return measured(workload, unit, runs, version="1", setup="alone", engine=engine)


def test_the_median_of_the_runs_counts() -> None:
    found = result("W1", "ms", 30.0, 10.0, 20.0)

    assert (found.median, found.runs) == (20.0, (30.0, 10.0, 20.0))


def test_a_later_run_of_the_day_replaces_only_what_it_measured_again(tmp_path: Path) -> None:
    write([result("W1", "ms", 40), result("W2", "steps/s", 5000)], MACHINE, folder=tmp_path, day=DAY)
    path = write([result("W1", "ms", 35), result("W1", "ms", 200, engine="DBOS")], MACHINE, folder=tmp_path, day=DAY)

    assert path.name == "2026-01-31.json"
    assert [(one.engine, one.workload, one.median) for one in read(path).results] == [
        ("tropeiro", "W1", 35.0),
        ("tropeiro", "W2", 5000.0),
        ("DBOS", "W1", 200.0),
    ]


def test_another_day_is_another_file(tmp_path: Path) -> None:
    write([result("W1", "ms", 40)], MACHINE, folder=tmp_path, day=DAY)
    path = write([result("W2", "steps/s", 1)], MACHINE, folder=tmp_path, day=date(2026, 2, 1))

    assert [one.workload for one in read(path).results] == ["W2"]


@pytest.mark.parametrize(
    ("unit", "own", "peer", "times"), [("ms", 40, 200, 5.0), ("steps/s", 5000, 500, 10.0), ("ms", 40, 4, 0.1)]
)
def test_a_ratio_over_one_means_that_ours_is_better(unit: str, own: float, peer: float, times: float) -> None:
    assert ratio(result("W", unit, own), result("W", unit, peer, engine="other")) == pytest.approx(times)


def test_a_peer_that_was_not_measured_stays_in_the_table_with_its_reason() -> None:
    missing = not_measured("W1", "ms", "there is no redis-server", engine="Celery")
    shown = table(Report(date="d", machine=MACHINE, results=merged((), [result("W1", "ms", 40), missing])))

    assert ratio(result("W1", "ms", 40), missing) is None
    assert "| Celery |  | not measured |" in shown
    assert "not measured: there is no redis-server" in shown


def test_the_table_has_a_row_an_engine_and_ours_is_the_first() -> None:
    results = [result("W1", "ms", 200, engine="DBOS"), result("W1", "ms", 40), result("W2", "steps/s", 5000)]
    lines = table(Report(date="d", machine=MACHINE, results=merged((), results))).splitlines()

    assert [line for line in lines if line.startswith("| ")][:3] == [
        "| engine | version | W1 (ms) | W2 (steps/s) |",
        "| tropeiro | 1 | 40 | 5,000 |",
        "| DBOS | 1 | 200 (ours 5.0 ×) |  |",
    ]


def test_in_turns_each_runs_as_often_and_first_as_often_and_the_warm_up_does_not_count() -> None:
    asked: list[str] = []

    def ours(workload: str) -> float:
        asked.append("ours")
        return float(len(asked))

    def theirs(workload: str) -> float:
        asked.append("theirs")
        return float(len(asked))

    values = in_turns("W1", ours, theirs, 4)

    assert [len(one) for one in values] == [4, 4]
    assert min(values[0] + values[1]) == 3.0
    assert asked[2::2].count("ours") == asked[2::2].count("theirs") == 2


def test_whoever_needs_less_time_or_does_more_is_better_by_the_ratio_of_the_medians() -> None:
    assert line("W1", [10.0, 20.0, 30.0], [80.0, 80.0, 80.0]).endswith("| 4.00 |")
    assert line("W2", [800.0, 800.0, 800.0], [100.0, 200.0, 300.0]).endswith("| 4.00 |")
