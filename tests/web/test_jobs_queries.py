"""What people see of jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from job_rows import add_line, add_step, end_job, set_packet
from web_cast import Cast, execute

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.states import JobState, StepState
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.approvals import approvals
from tropeiro.web.jobs.logs import last_lines, logs, read_on
from tropeiro.web.jobs.queries import children, count_by_state, list_jobs, output_text
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.steps import steps
from tropeiro.web.jobs.tries import step_items, step_value, tries
from tropeiro.web.member import Member
from tropeiro.web.screens.live.listener import conninfo

STEPS = json.dumps(
    [
        {"id": "first", "name": "The first", "uses": "core/set@1"},
        {"id": "each", "foreach": "{{ inputs.list }}", "steps": [{"id": "inner", "uses": "core/set@1"}]},
        {"id": "last", "uses": "core/set@1"},
    ]
)

READS: list[Callable[[Member, UUID], Any]] = [
    job_details,
    steps,
    logs,
    last_lines,
    children,
    output_text,
    approvals,
    route_of,
    lambda member, job: tries(member, job, "a"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("read", READS)
def test_the_job_of_another_organization_and_no_job_at_all_get_the_same_answer(
    cast: Cast, read: Callable[[Member, UUID], Any], nobody: UUID
) -> None:
    job = start_job(cast.alice, STEPS)
    read(cast.bob, job)
    said = []
    for wanted in (job, nobody):
        with pytest.raises(NotFound) as refused:
            read(cast.charlie, wanted)
        said.append(refused.value.message.replace(str(wanted), "…"))
    assert said[0] == said[1]


@pytest.mark.django_db
def test_pages_of_the_list_follow_each_other_without_gap_or_overlap(cast: Cast) -> None:
    made = [start_job(cast.alice, STEPS) for _ in range(7)]
    start_job(cast.charlie, STEPS)
    seen: list[UUID] = []
    before = None
    while page := list_jobs(cast.bob, limit=3, before=before):
        seen.extend(row.id for row in page)
        before = page[-1].id
    assert seen == sorted(made, reverse=True)


@pytest.mark.django_db
def test_jobs_are_listed_and_counted_by_state(cast: Cast) -> None:
    done, _ = start_job(cast.alice, STEPS), start_job(cast.alice, STEPS)
    end_job(done, "succeeded")
    start_job(cast.charlie, STEPS)
    assert [row.id for row in list_jobs(cast.alice, state=JobState.SUCCEEDED)] == [done]
    counts = count_by_state(cast.alice)
    assert {state: count for state, count in counts.items() if count} == {JobState.SUCCEEDED: 1, JobState.QUEUED: 1}


@pytest.mark.django_db
def test_a_large_output_is_fetched_from_the_blob_store(cast: Cast, web_settings: Any) -> None:
    job = start_job(cast.alice, STEPS)
    end_job(job, "succeeded", output={"a": 1})
    assert json.loads(output_text(cast.alice, job)) == {"a": 1}


@pytest.mark.django_db
def test_items_of_a_foreach_are_one_row_with_counts_and_the_first_error(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first", n=0)
    for index in range(5):
        failed = index == 3
        add_step(
            job,
            f"each[{index}].inner",
            "failed" if failed else "succeeded",
            n=2,
            error={"code": "boom", "message": "Boom"} if failed else None,
        )
    end_job(job, "failed")
    route = route_of(cast.alice, job)
    assert route is not None
    rows = {row.path: row for row in steps(cast.alice, job, workflow=route.workflow)}
    assert list(rows) == ["first", "each[*].inner"]
    inner = rows["each[*].inner"]
    assert (inner.state, inner.count, inner.done, inner.depth) == (StepState.FAILED, 5, 4, 1)
    assert inner.error is not None
    assert inner.error["message"] == "Boom"
    assert rows["first"].name == "The first"


@pytest.mark.django_db
def test_a_step_under_way_hides_its_earlier_tries(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first", "failed", error={"code": "x", "message": "x"})
    set_packet(job, state="leased", path="first", attempt=2, progress=0.5, progress_note="half")
    row = steps(cast.alice, job)[0]
    assert (row.state, row.tries, row.error, row.progress, row.note) == (StepState.RUNNING, 2, None, 0.5, "half")
    assert row.finished_at is None


@pytest.mark.django_db
def test_a_row_spans_all_tries_of_its_step(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first", "failed", attempt=1)
    add_step(job, "first", attempt=2)
    end_job(job, "succeeded")
    execute("UPDATE tropeiro_step SET started_at = started_at + interval '5 seconds' WHERE attempt = 2")
    row = steps(cast.alice, job)[0]
    assert row.tries == 2
    assert row.started_at == execute("SELECT min(started_at) FROM tropeiro_step WHERE job_id = %s", [job])[0][0]


@pytest.mark.django_db
def test_tries_of_many_items_come_with_failures_first(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "each[0].inner", output=1)
    add_step(job, "each[1].inner", "failed", error={"code": "x", "message": "x"})
    add_step(job, "each[0].inner[0].other")
    found = tries(cast.alice, job, "each[*].inner")
    assert [one.path for one in found] == ["each[1].inner", "each[0].inner"]
    assert [one.path for one in tries(cast.alice, job, "each[0].inner")] == ["each[0].inner"]


@pytest.mark.django_db
def test_a_path_is_text_and_never_a_pattern_of_the_callers_own(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first")
    assert tries(cast.alice, job, "f.*") == ()
    assert tries(cast.alice, job, "(") == ()


@pytest.mark.django_db
def test_the_log_is_read_in_order_by_level_and_after_a_line(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    for number, level in enumerate((20, 30, 10, 40)):
        add_line(job, f"line {number}", level=level)
    every = logs(cast.bob, job)
    assert [line.message for line in every] == ["line 0", "line 1", "line 2", "line 3"]
    assert [line.level for line in logs(cast.bob, job, level="warning")] == ["warning", "error"]
    assert [line.message for line in logs(cast.bob, job, every[1].id)] == ["line 2", "line 3"]
    assert [line.message for line in last_lines(cast.bob, job, limit=2)] == ["line 2", "line 3"]
    assert [line.message for line in last_lines(cast.bob, job, before=every[2].id, limit=9)] == ["line 0", "line 1"]


@pytest.mark.django_db(transaction=True)
def test_no_line_is_passed_over_when_a_later_one_is_committed_first(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_line(job, "seen", age=0)
    insert = (
        "INSERT INTO tropeiro_log (job_id, organization_id, at, level, message)"
        " VALUES (%s, %s, clock_timestamp(), 20, %s)"
    )
    with psycopg.connect(conninfo()) as slow:
        slow.execute(insert, [job, cast.alice.organization, "slow"])
        execute(insert, [job, cast.alice.organization, "quick"])
        first = read_on(cast.alice, job)
        assert "quick" not in [line.message for line in first.lines]
        assert first.more
        slow.commit()
    told = list(first.lines)
    more = True
    # Other transactions on the server may keep a line unsettled for a moment; ten seconds at the very most.
    while more:
        rest = read_on(cast.alice, job, after=told[-1].id if told else 0)
        told.extend(rest.lines)
        more = rest.more
    assert [line.message for line in told] == ["seen", "slow", "quick"]


@pytest.mark.django_db
def test_children_are_those_of_the_same_organization(cast: Cast) -> None:
    parent, own, other = (start_job(member, STEPS) for member in (cast.alice, cast.alice, cast.charlie))
    execute("UPDATE tropeiro_job SET parent_job_id = %s WHERE id = ANY (%s)", [parent, [own, other]])
    assert [row.id for row in children(cast.alice, parent)] == [own]


@pytest.mark.django_db
def test_counting_uses_the_index_however_many_jobs_there_are(cast: Cast) -> None:
    start_job(cast.alice, STEPS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM tropeiro_job WHERE organization_id = %s AND state = 'failed'"
            " ORDER BY id DESC LIMIT 50",
            [cast.alice.organization],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "state_id_idx" in plan or "by_state" in plan
    assert "Sort  (" not in plan


@pytest.mark.django_db
def test_items_come_page_by_page_failures_first_and_then_by_index(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    for index in range(12):
        if index in (3, 11):
            add_step(job, f"each[{index}].inner", "failed", n=2, error={"code": "x", "message": f"Boom {index}"})
        else:
            add_step(job, f"each[{index}].inner", n=2)
    add_step(job, "each[3].inner", attempt=2, n=2)
    add_step(job, "first", n=0)
    seen: list[str] = []
    after = ""
    while True:
        page = step_items(cast.bob, job, 2, after=after, limit=5)
        seen += [item.path for item in page.items]
        after = page.next
        if not after:
            break
    assert seen == [f"each[{index}].inner" for index in (11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    (failed,) = step_items(cast.alice, job, 2, state=StepState.FAILED).items
    assert (failed.indexes, failed.message, failed.tries) == ("[11]", "Boom 11", 1)
    with pytest.raises(NotFound):
        step_items(cast.charlie, job, 2)


@pytest.mark.django_db
def test_ten_thousand_items_are_one_row_read_in_two_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    job = start_job(cast.alice, STEPS)
    execute(
        "INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, started_at, finished_at,"
        " error) SELECT j.id, j.organization_id, 'each[' || i || '].inner', 0, 1, 2,"
        " CASE WHEN i = 7 THEN 'failed' ELSE 'succeeded' END, now(), now(),"
        ' CASE WHEN i = 7 THEN \'{"code": "x", "message": "Boom"}\'::json END'
        " FROM tropeiro_job j, generate_series(0, 9999) i WHERE j.id = %s",
        [job],
    )
    with django_assert_max_num_queries(7):
        row = next(row for row in steps(cast.alice, job) if row.n == 2)
    assert (row.count, row.done, row.state) == (10_000, 9_999, StepState.FAILED)
    assert row.error == {"code": "x", "message": "Boom"}


@pytest.mark.django_db
def test_the_value_of_a_try_is_fetched_whole_and_only_by_its_own(cast: Cast, nobody: UUID) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first", input={"a": 1}, output={"b": 2})
    assert json.loads(step_value(cast.bob, job, "first", 0, 1, "input")) == {"a": 1}
    assert json.loads(step_value(cast.bob, job, "first", 0, 1, "output")) == {"b": 2}
    for member, wanted, part in ((cast.charlie, job, "output"), (cast.alice, nobody, "output"), (cast.alice, job, "x")):
        with pytest.raises(NotFound):
            step_value(member, wanted, "first", 0, 1, part)
