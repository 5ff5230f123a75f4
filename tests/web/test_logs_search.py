"""What is found in the logs of an organization."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from web_cast import Cast, execute

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.logs import search as searching
from tropeiro.web.logs.export import csv_lines, json_lines
from tropeiro.web.logs.histogram import histogram, step_for
from tropeiro.web.logs.search import Mark, mark_from, search
from tropeiro.web.logs.tail import end_of_logs, read_on
from tropeiro.web.logs.wanted import Term, Wanted, parse_query, query_text
from tropeiro.web.member import Member
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
NOW = datetime.now(UTC).replace(microsecond=0)
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def _add(
    job: UUID,
    message: str,
    *,
    level: str = "info",
    ago: float = 60,
    fields: Any = None,
    now: datetime = NOW,
    **columns: Any,
) -> None:
    values = {"path": "", "uses": "", "worker": "w:1", **columns}
    execute(
        "INSERT INTO tropeiro_log (job_id, organization_id, at, level, path, uses, worker, message, fields)"
        " SELECT id, organization_id, %s, %s, %s, %s, %s, %s, %s FROM tropeiro_job WHERE id = %s",
        [
            now - timedelta(seconds=ago), LEVELS[level], values["path"], values["uses"], values["worker"], message,
            None if fields is None else msgspec.json.encode(fields).decode(), job,
        ],
    )  # fmt: skip


def _wanted(query: str = "", **chosen: Any) -> Wanted:
    times = {"since": NOW - timedelta(hours=1), "until": NOW + timedelta(minutes=1)}
    return Wanted(**{**times, "terms": parse_query(query), **chosen})


def _found(member: Member, query: str = "", **chosen: Any) -> list[str]:
    return [line.message for line in search(member, _wanted(query, **chosen)).lines]


@pytest.fixture
def job(cast: Cast) -> UUID:
    return start_job(cast.alice, STEPS)


def test_a_query_is_words_phrases_names_and_what_must_not_be() -> None:
    assert parse_query('timeout "no route" -level:debug user:"Ana \\"B\\"" NOT retry') == (
        Term("", "timeout"),
        Term("", "no route"),
        Term("level", "debug", negated=True),
        Term("user", 'Ana "B"'),
        Term("", "retry", negated=True),
    )


@pytest.mark.parametrize("text", ["", "   ", '""', "-", "NOT", ":", '"', "\\", "a" * 5_000, "x " * 200, "é:ü -"])
def test_whatever_is_typed_is_a_query(cast: Cast, text: str) -> None:
    assert len(parse_query(text)) <= 20
    assert _found(cast.alice, text) == []


@pytest.mark.parametrize("value", ["plain", "two words", 'a "quote"', "back\\slash", "-dash", "a:b", ""])
def test_a_value_is_typed_so_that_it_is_read_as_it_was(value: str) -> None:
    expected = (Term("user", value),) if value else ()
    assert parse_query(query_text("user", value)) == expected


def test_words_are_found_in_message_fields_and_step_whatever_their_case(cast: Cast, job: UUID) -> None:
    _add(job, "Token EXPIRED", ago=30)
    _add(job, "call", fields={"url": "https://api.example.org/expired"}, ago=20)
    _add(job, "step", path="expired_items[3]", ago=10)
    _add(job, "fresh", ago=5)
    assert _found(cast.alice, "expired") == ["step", "call", "Token EXPIRED"]
    assert _found(cast.alice, '"token expired"') == ["Token EXPIRED"]
    assert _found(cast.alice, "-expired") == ["fresh"]


def test_fields_are_compared_whole_and_a_star_stands_for_anything(cast: Cast, job: UUID) -> None:
    _add(job, "one", fields={"status": 404, "user": {"name": "ana"}}, ago=30)
    _add(job, "two", fields={"status": 40, "user": {"name": "anabel"}}, ago=20)
    _add(job, "none", ago=10)
    assert _found(cast.alice, "status:404") == ["one"]
    assert _found(cast.alice, "status:40*") == ["two", "one"]
    assert _found(cast.alice, "user.name:ana") == ["one"]
    assert _found(cast.alice, "-status:404") == ["none", "two"]


def test_signs_that_a_pattern_would_read_are_meant_as_they_are(cast: Cast, job: UUID) -> None:
    for message in ("100% done", "100 done", "a_b", "axb", "c:\\temp", "2 * 3"):
        _add(job, message)
    assert _found(cast.alice, "100%") == ["100% done"]
    assert _found(cast.alice, "a_b") == ["a_b"]
    assert _found(cast.alice, "c:\\temp") == []
    assert _found(cast.alice, '"c:\\\\temp"') == ["c:\\temp"]


def test_chips_choose_level_service_worker_job_automation_and_project(cast: Cast, job: UUID) -> None:
    other = start_job(cast.alice, STEPS)
    execute("UPDATE tropeiro_job SET name = 'nightly' WHERE id = %s", [other])
    _add(job, "one", level="error", uses="house/core/log@1", worker="w:1", ago=40)
    _add(other, "two", level="warning", uses="house/core/http@2", worker="w:2", ago=30)
    assert _found(cast.alice, level="warning") == ["two", "one"]
    assert _found(cast.alice, level="error") == ["one"]
    assert _found(cast.alice, "service:core/log") == ["one"]
    assert _found(cast.alice, "service:house/core/http@2") == ["two"]
    assert _found(cast.alice, "service:core/http@1") == []
    assert _found(cast.alice, worker="w:2") == ["two"]
    assert _found(cast.alice, job=other) == ["two"]
    assert _found(cast.alice, "automation:nightly") == ["two"]
    assert _found(cast.alice, f"job:{job}") == ["one"]
    assert _found(cast.alice, "job:nonsense") == []
    assert _found(cast.alice, "automation:night*") == ["two"]
    assert _found(cast.alice, "project:nowhere") == []


def test_menus_choose_a_project_a_workflow_and_a_service(cast: Cast, job: UUID, nobody: UUID) -> None:
    version = save_workflow(cast.alice, "nightly", STEPS)
    execute("UPDATE tropeiro_job SET workflow_version_id = %s WHERE id = %s", [version.id, job])
    ((workflow,),) = execute("SELECT workflow_id FROM tropeiro_workflow_version WHERE id = %s", [version.id])
    ((service,),) = execute("SELECT id FROM tropeiro_service WHERE name = 'log'")
    _add(job, "one", uses="house/core/log@1", ago=40)
    _add(start_job(cast.alice, STEPS), "two", uses="house/core/http@2", ago=30)
    assert _found(cast.alice, workflow=workflow) == ["one"]
    assert _found(cast.alice, workflow=nobody) == []
    assert _found(cast.alice, service=service) == ["one"]
    assert _found(cast.alice, projectless=True) == ["two", "one"]
    assert _found(cast.alice, project=nobody) == []


def test_only_lines_of_the_wanted_time_are_found(cast: Cast, job: UUID) -> None:
    for ago in (10, 20, 30):
        _add(job, f"{ago}", ago=ago)
    wanted = {"since": NOW - timedelta(seconds=20), "until": NOW - timedelta(seconds=10)}
    assert _found(cast.alice, **wanted) == ["20"]
    assert _found(cast.alice, "20", **wanted) == ["20"]


def test_an_organization_finds_its_own_lines_alone(cast: Cast, job: UUID) -> None:
    _add(job, "secret of Acme")
    foreign = start_job(cast.charlie, STEPS)
    _add(foreign, "secret of the rivals")
    assert _found(cast.alice, "secret") == ["secret of Acme"]
    assert _found(cast.charlie, "secret") == ["secret of the rivals"]
    assert _found(cast.charlie, job=job) == []
    assert histogram(cast.charlie, _wanted("Acme")).total == 0
    assert "Acme" not in "".join(json_lines(cast.charlie, _wanted()))


def test_pages_follow_each_other_without_gap_or_repetition_although_moments_are_equal(cast: Cast, job: UUID) -> None:
    for number in range(25):
        _add(job, f"line {number:02}", ago=60 - number // 10)
    pages, mark = [], None
    while True:
        found = search(cast.alice, _wanted(), before=mark, limit=10)
        pages.append([line.message for line in found.lines])
        if not found.next:
            break
        mark = mark_from(found.next)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [line for page in pages for line in page] == [f"line {number:02}" for number in reversed(range(25))]


def test_a_search_that_has_no_more_time_says_how_far_it_came_and_is_gone_on_with(
    cast: Cast, job: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        _add(job, "needle" if number == 0 else "hay", ago=60 - number)
    monkeypatch.setattr(searching.stretches, "__kwdefaults__", {"whole": True, "lines": 10, "most": 10})
    first = search(cast.alice, _wanted("needle"), budget=0)
    assert (first.lines, first.cut_short) == ((), True)
    assert first.searched_to == NOW - timedelta(seconds=40)
    second = search(cast.alice, _wanted("needle"), before=mark_from(first.next), budget=60)
    assert [line.message for line in second.lines] == ["needle"]
    assert (second.next, second.cut_short) == ("", False)


@pytest.mark.parametrize("text", ["x", "1-", "-1", "1-2-3", "1.5-2", "9" * 30 + "-1", "١-٢"])
def test_a_broken_mark_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        mark_from(text)


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = Mark(NOW + timedelta(microseconds=123_456), 77)
    assert mark_from(str(mark)) == mark


def test_lines_are_counted_by_level_in_bars_that_cover_the_whole_time(cast: Cast, job: UUID) -> None:
    _add(job, "one", level="error", ago=30)
    _add(job, "two", ago=30)
    _add(job, "two again", ago=3_000)
    counted = histogram(cast.alice, _wanted())
    assert counted.complete
    assert (counted.total, counted.step) == (3, timedelta(minutes=1))
    assert counted.bars[0].at <= _wanted().since
    assert counted.bars[-1].until >= _wanted().until
    (recent,) = [bar for bar in counted.bars if bar.at <= NOW - timedelta(seconds=30) < bar.until]
    assert recent.counts == {"error": 1, "info": 1}
    assert histogram(cast.alice, _wanted("two")).total == 2
    assert histogram(cast.alice, _wanted(level="error")).total == 1


def test_bars_that_were_not_counted_say_so(cast: Cast, job: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        _add(job, "hay", ago=60 * number + 30)
    monkeypatch.setattr("tropeiro.web.logs.histogram.COUNTED_AT_ONCE", 10)
    counted = histogram(cast.alice, _wanted(), budget=0)
    assert not counted.complete
    assert counted.total == 10
    assert counted.counted_to == NOW - timedelta(seconds=60 * 9 + 30)
    assert [bar.counted for bar in counted.bars].count(True) <= 12


@pytest.mark.parametrize("days", [0.001, 0.04, 1, 7, 28, 90, 3650])
def test_there_are_never_too_many_bars(days: float) -> None:
    assert timedelta(days=days) / step_for(timedelta(days=days)) <= 135


def _now() -> dict[str, Any]:
    """Old enough to be settled although the test's transaction goes on."""
    return {"now": datetime.now(UTC), "ago": 15}


def test_what_comes_is_told_once_and_in_order(cast: Cast, job: UUID) -> None:
    _add(job, "before", **_now())
    mark = end_of_logs(cast.alice)
    assert read_on(cast.alice, _wanted(), mark).lines == ()
    for number in range(5):
        _add(job, f"line {number}", **_now())
    first = read_on(cast.alice, _wanted(), mark, limit=3)
    second = read_on(cast.alice, _wanted(), first.mark, limit=3)
    third = read_on(cast.alice, _wanted(), second.mark, limit=3)
    told = [[line.message for line in tail.lines] for tail in (first, second, third)]
    assert told == [["line 0", "line 1", "line 2"], ["line 3", "line 4"], []]
    assert (first.more, second.more) == (True, False)


def test_what_is_not_wanted_is_passed_over_for_good(cast: Cast, job: UUID) -> None:
    mark = end_of_logs(cast.alice)
    _add(job, "hay", **_now())
    tail = read_on(cast.alice, _wanted("needle"), mark)
    assert (tail.lines, tail.more) == ((), False)
    assert tail.mark.id > mark.id
    _add(job, "needle", **_now())
    assert [line.message for line in read_on(cast.alice, _wanted("needle"), tail.mark).lines] == ["needle"]


def test_an_organization_is_told_of_its_own_lines_alone(cast: Cast, job: UUID) -> None:
    marks = {member: end_of_logs(member) for member in (cast.alice, cast.charlie)}
    _add(job, "of Acme", **_now())
    told = {member: read_on(member, _wanted(), mark).lines for member, mark in marks.items()}
    assert (len(told[cast.alice]), len(told[cast.charlie])) == (1, 0)


def test_a_file_has_all_lines_and_says_where_it_was_cut(cast: Cast, job: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        _add(job, f"=line {number}", fields={"n": number}, ago=60 - number)
    whole = [json.loads(line) for line in "".join(json_lines(cast.alice, _wanted())).splitlines()]
    assert [line["fields"]["n"] for line in whole] == [4, 3, 2, 1, 0]
    table = "".join(csv_lines(cast.alice, _wanted(), semicolons=True)).splitlines()
    assert len(table) == 6
    assert ";'=line 4;" in table[1]
    monkeypatch.setattr("tropeiro.web.logs.export.MOST_LINES", 3)
    cut = [json.loads(line) for line in "".join(json_lines(cast.alice, _wanted())).splitlines()]
    assert (len(cut), list(cut[-1])) == (4, ["cut"])
