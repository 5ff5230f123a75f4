"""Finding jobs: by whatever a person asks, along an index, for a bounded way, and never another organization's."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from job_rows import add_step
from web_cast import Cast, execute

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs import search as searching
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.filters import JobFilter, filter_from, query_of
from tropeiro.web.jobs.queries import count_by_state, job_page
from tropeiro.web.jobs.search import ids_of, search, statement_of
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps(
    [
        {"id": "first", "uses": "core/set@1"},
        {"id": "each", "foreach": "{{ inputs.list }}", "steps": [{"id": "inner", "uses": "core/set@1"}]},
        {"id": "last", "uses": "core/set@1"},
    ]
)
MANY = 3_000


def _job(member: Any, **fields: Any) -> UUID:
    job = start_job(member, STEPS)
    if fields:
        assignments = ", ".join(f"{name} = %({name})s" for name in fields)
        execute(f"UPDATE tropeiro_job SET {assignments} WHERE id = %(job)s", {"job": job, **fields})
    return job


def _found(member: Any, wanted: JobFilter, **options: Any) -> list[UUID]:
    return [row.id for row in job_page(member, wanted, **options).jobs]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"state": "failed"}, {"states": (JobState.FAILED,)}),
        ({"state": "timed_out"}, {"states": (JobState.FAILED, JobState.TIMED_OUT)}),
        ({"trigger": "schedule"}, {"trigger": "schedule"}),
        ({"trigger_id": UUID(int=7)}, {"trigger_id": UUID(int=7)}),
        ({"project_id": UUID(int=8)}, {"project": UUID(int=8)}),
        ({"state": "failed", "error": '{"code": "boom", "message": "Boom"}'}, {"error": "boom"}),
        ({"name": "shop/orders@12"}, {"text": "ORDERS"}),
        ({"name": "shop/orders@12"}, {"version": 12}),
        ({"name": "100%_done"}, {"text": "%_d"}),
    ],
)
def test_a_filter_finds_what_it_asks_for_and_nothing_else(
    cast: Cast, fields: dict[str, Any], wanted: dict[str, Any]
) -> None:
    found = _job(cast.alice, **fields)
    _job(cast.alice)
    _job(cast.charlie, **fields)
    assert _found(cast.bob, JobFilter(**wanted)) == [found]


def test_all_parts_of_a_filter_hold_together(cast: Cast) -> None:
    both = _job(cast.alice, state="failed", trigger="schedule", project_id=UUID(int=8))
    _job(cast.alice, state="failed", project_id=UUID(int=8))
    _job(cast.alice, state="succeeded", trigger="schedule", project_id=UUID(int=8))
    wanted = JobFilter(states=(JobState.FAILED,), trigger="schedule", project=UUID(int=8), text="draft")
    assert _found(cast.alice, wanted) == [both]


def test_jobs_of_any_version_of_a_workflow_are_found_or_of_one(cast: Cast) -> None:
    for text in (STEPS, STEPS.replace("last", "final")):
        save_workflow(cast.alice, "nightly", text)
    rows = execute("SELECT id, workflow_id, version FROM tropeiro_workflow_version ORDER BY version")
    jobs = [_job(cast.alice, workflow_version_id=row[0]) for row in rows]
    _job(cast.alice)
    workflow = rows[0][1]
    assert _found(cast.alice, JobFilter(workflow=workflow)) == jobs[::-1]
    assert _found(cast.alice, JobFilter(workflow=workflow, version=1)) == jobs[:1]
    assert _found(cast.charlie, JobFilter(workflow=workflow)) == []


def test_an_id_is_found_by_its_beginning_as_lists_show_it(cast: Cast) -> None:
    job = _job(cast.alice)
    text = str(job)
    for written in (text, text[:8], text[:15].upper(), f"{text[:8]}…{text[-4:]}", text.replace("-", "")):
        assert job in _found(cast.alice, JobFilter(text=written)), written
    other = "0000" if text[-4:] != "0000" else "1111"
    assert _found(cast.alice, JobFilter(text=f"{text[:8]}…{other}")) == []
    assert _found(cast.charlie, JobFilter(text=text)) == []


def test_a_range_of_time_is_a_range_of_ids(cast: Cast) -> None:
    now = timezone.now()
    old, new = (uuid7(int((now - timedelta(days)).timestamp() * 1000)) for days in (3, 1))
    for wanted in (old, new):
        _job(cast.alice, id=wanted)
    assert _found(cast.alice, JobFilter(since=now - timedelta(2))) == [new]
    assert _found(cast.alice, JobFilter(until=now - timedelta(2))) == [old]


@pytest.mark.parametrize("wanted", [{}, {"text": "draft"}, {"states": (JobState.QUEUED, JobState.FAILED)}])
def test_pages_follow_each_other_without_gap_or_overlap(cast: Cast, wanted: dict[str, Any]) -> None:
    made = [_job(cast.alice) for _ in range(7)]
    seen: list[UUID] = []
    page = job_page(cast.alice, JobFilter(**wanted), limit=3)
    seen += [row.id for row in page.jobs]
    while page.next is not None:
        page = job_page(cast.alice, JobFilter(**wanted), limit=3, before=page.next)
        seen += [row.id for row in page.jobs]
    assert seen == made[::-1]


def test_a_search_that_would_go_too_far_stops_and_goes_on_from_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "WAY", 4)
    wanted = _job(cast.alice, name="needle")
    others = [_job(cast.alice) for _ in range(9)]
    page, seen, stops = job_page(cast.alice, JobFilter(text="needle")), [], 0
    assert page.searched_to == others[-4]
    while page.next is not None:
        seen += [row.id for row in page.jobs]
        page, stops = job_page(cast.alice, JobFilter(text="needle"), before=page.next), stops + 1
    assert seen + [row.id for row in page.jobs] == [wanted]
    assert stops == 2


def test_a_search_along_several_states_misses_none_where_one_of_them_stopped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "WAY", 4)
    made = [_job(cast.alice, state="failed" if n % 3 == 0 else "timed_out", name=f"n{n % 2}") for n in range(20)]
    wanted = JobFilter(states=(JobState.FAILED, JobState.TIMED_OUT), text="n1")
    page = job_page(cast.alice, wanted)
    seen = [row.id for row in page.jobs]
    while page.next is not None:
        page = job_page(cast.alice, wanted, before=page.next)
        seen += [row.id for row in page.jobs]
    assert seen == [job for n, job in reversed(list(enumerate(made))) if n % 2]


def test_jobs_that_fit_are_counted_by_state(cast: Cast) -> None:
    for state in ("failed", "failed", "succeeded"):
        _job(cast.alice, state=state, trigger="schedule")
    _job(cast.alice, state="failed")
    _job(cast.charlie, state="failed", trigger="schedule")
    counts = count_by_state(cast.alice, JobFilter(trigger="schedule", states=(JobState.SUCCEEDED,)))
    assert {state: count for state, count in counts.items() if count} == {JobState.FAILED: 2, JobState.SUCCEEDED: 1}


def test_what_is_to_be_acted_on_is_bounded_and_of_the_own_organization(cast: Cast) -> None:
    own = [_job(cast.alice) for _ in range(3)]
    _job(cast.charlie)
    assert [job for job, _name, _state in ids_of(cast.alice, JobFilter())] == own[::-1]
    assert len(ids_of(cast.alice, JobFilter(), limit=2)) == 2


def test_progress_counts_the_workflows_own_steps_in_two_statements(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    jobs = [start_job(cast.alice, STEPS) for _ in range(4)]
    add_step(jobs[0], "first")
    for index in range(5):
        add_step(jobs[0], f"each[{index}].inner", n=2)
    add_step(jobs[1], "first", "failed", error={"code": "x", "message": "x"})
    add_step(jobs[2], "first", "failed", attempt=1, error={"code": "x", "message": "x"})
    add_step(jobs[2], "first", attempt=2)
    with django_assert_max_num_queries(9):
        page = job_page(cast.alice, JobFilter())
    assert {row.id: (row.steps_done, row.steps) for row in page.jobs} == {
        jobs[0]: (1, 3), jobs[1]: (0, 3), jobs[2]: (1, 3), jobs[3]: (0, 3),
    }  # fmt: skip


def test_a_filter_survives_the_address() -> None:
    wanted = JobFilter(
        states=(JobState.FAILED, JobState.TIMED_OUT), project=UUID(int=1), service=UUID(int=2), workflow=UUID(int=3),
        version=4, trigger="schedule", trigger_id=UUID(int=5), error="a&b", text="x y",
    )  # fmt: skip
    assert filter_from(QueryDict(query_of(wanted))) == wanted
    assert filter_from({"state": "no,such", "project": "x", "version": "-1", "q": "\0"}) == JobFilter()


@pytest.fixture
def crowded(cast: Cast) -> Cast:
    """Three thousand jobs, so that reading them all is more than following an index."""
    execute(
        """
        INSERT INTO tropeiro_job (id, organization_id, project_id, service_version_id, trigger_id, name, route_digest,
            state, root_job_id, trigger, error)
        SELECT i.id, %(organization)s, CASE WHEN i.n %% 2 = 0 THEN %(own)s::uuid END, %(own)s,
            CASE WHEN i.n %% 3 = 0 THEN %(own)s::uuid END, 'j', 'd',
            CASE WHEN i.n %% 9 = 0 THEN 'failed' ELSE 'succeeded' END, i.id, 'api',
            CASE WHEN i.n %% 9 = 0 THEN '{"code": "boom"}'::json END
        FROM (SELECT n, overlay(gen_random_uuid()::text placing
                left(tropeiro_first_id(now() - n * interval '1 second')::text, 13) from 1)::uuid AS id
              FROM generate_series(1, %(many)s) n) i
        """,
        {"organization": cast.alice.organization, "own": UUID(int=8), "many": MANY},
    )
    execute("ANALYZE tropeiro_job")
    return cast


def _plan(member: Any, wanted: JobFilter) -> list[dict[str, Any]]:
    sql, params = statement_of(member, wanted, limit=51)
    with connection.cursor() as cursor:
        # Of a few thousand rows, sorting what fits is sometimes right; of millions it is not.
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off")
        # As the embedded server has it, and whoever keeps data on solid state disks.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        rest = [cursor.fetchone()[0][0]["Plan"]]
    nodes = []
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", [])
    return nodes


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), r"organization_id_id_idx|recent|pkey"),
        (JobFilter(states=(JobState.FAILED,)), "state"),
        (JobFilter(states=(JobState.FAILED, JobState.TIMED_OUT)), "state"),
        (JobFilter(project=UUID(int=8)), "project"),
        (JobFilter(trigger_id=UUID(int=8)), "trigger_id"),
        (JobFilter(error="boom"), "state"),
        (JobFilter(text="0190aaaa"), r"organization_id_id_idx|recent|pkey"),
    ],
)
def test_every_filter_follows_an_index_and_reads_no_more_than_a_page(
    crowded: Cast, wanted: JobFilter, index: str
) -> None:
    nodes = _plan(crowded.alice, wanted)
    scans = [node for node in nodes if node.get("Relation Name", "").startswith("tropeiro_job")]
    touched = [node for node in scans if node["Actual Rows"] > 0]
    assert all(node["Node Type"] in ("Index Scan", "Index Only Scan") for node in touched), [
        (node["Node Type"], node.get("Index Name")) for node in touched
    ]
    assert all(re.search(index, node["Index Name"]) for node in touched), [node["Index Name"] for node in touched]
    read = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in touched)
    assert read <= 2 * 51


def test_what_nobody_has_is_looked_for_no_further_than_the_way(crowded: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "WAY", 500)
    found = search(crowded.alice, JobFilter(text="nothing of that name"), limit=51)
    assert found.rows == []
    assert found.searched_to is not None
    nodes = _plan(crowded.alice, JobFilter(text="nothing of that name"))
    scanned = [n for n in nodes if n.get("Relation Name", "").startswith("tropeiro_job")]
    assert sum(n["Actual Rows"] * n["Actual Loops"] for n in scanned) <= searching.WAY * 40
