"""What people do to triggers, and what they see of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from job_rows import end_job
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, SchemaMismatch
from tropeiro.kernel.firing import CatchUp, FiringOutcome, Overlap
from tropeiro.kernel.states import JobState
from tropeiro.postgres.link import Link
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.schedules import PostgresSchedules
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import apply, archive_project, restore_project
from tropeiro.web.screens.live.listener import conninfo
from tropeiro.web.triggers import actions, queries
from tropeiro.web.triggers.access import trigger_named
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

DOCUMENT = json.dumps(
    {
        "schema": "tropeiro/v1",
        "inputs": {"type": "object", "properties": {"n": {"type": "integer", "default": 7}}},
        "steps": [{"id": "a", "uses": "core/set@1", "with": {"x": 1}}],
    }
)
WANTED = Wanted(name="nightly", target="w", cron="30 2 * * *", zone="America/Sao_Paulo")
ACTS: list[Callable[[Member, UUID], Any]] = [
    lambda member, trigger: actions.change_trigger(member, trigger, WANTED),
    actions.enable_trigger,
    actions.disable_trigger,
    actions.run_trigger,
    actions.delete_trigger,
    queries.trigger,
    queries.firings,
]


@pytest.fixture
def fire(web_settings: Any, transactional_db: None) -> Iterator[Callable[[], None]]:
    """What the duty does to what is due now, on a connection of its own."""

    async def once() -> None:
        link = Link(conninfo())
        await link.open()
        try:
            await PostgresSchedules(link, FsspecBlobs(web_settings.TROPEIRO.blobs)).fire(100)
        finally:
            await link.close()

    yield lambda: asyncio.run(once())
    # Django does not know that it may empty these.
    execute("TRUNCATE tropeiro_job, tropeiro_packet, tropeiro_route")


@pytest.fixture
def nightly(cast: Cast) -> UUID:
    """A trigger of Alice's workflow."""
    save_workflow(cast.alice, "w", DOCUMENT)
    return actions.create_trigger(cast.alice, WANTED)


def test_a_trigger_is_due_next_when_its_schedule_says(cast: Cast, nightly: UUID) -> None:
    found = queries.trigger(cast.bob, nightly)
    assert found.enabled
    assert found.next_at is not None
    assert (found.next_at.astimezone(UTC).hour, found.next_at.minute) == (5, 30)
    assert found.coming(datetime.now(UTC))[0] == found.next_at
    assert (found.overlap, found.catch_up, found.created_by) == (Overlap.SKIP, CatchUp.LATEST, "alice@example.org")
    assert [row.name for row in queries.list_triggers(cast.bob)] == ["nightly"]
    assert recent_acts(cast.alice)[0].verb == "trigger.create"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "Nightly Report"}, InvalidInput),
        ({"cron": ""}, InvalidInput),
        ({"cron": "* * * * * *"}, InvalidInput),
        ({"cron": "61 * * * *"}, InvalidInput),
        ({"cron": "0 0 30 2 *"}, InvalidInput),
        ({"every_ms": 60_000}, InvalidInput),
        ({"cron": "", "every_ms": 999}, InvalidInput),
        ({"zone": "Mars/Olympus"}, InvalidInput),
        ({"end": datetime(2020, 1, 1, tzinfo=UTC)}, InvalidInput),
        ({"catch_up": CatchUp.ALL}, InvalidInput),
        ({"grace_ms": -1}, InvalidInput),
        ({"inputs": {"n": "x"}}, SchemaMismatch),
        ({"inputs": [1]}, InvalidInput),
        ({"inputs": {"text": "\0"}}, InvalidInput),
        ({"inputs": {"text": "x" * 70_000}}, InvalidInput),
        ({"target": "nothing"}, NotFound),
        ({"target": "w@9"}, NotFound),
        ({"project": "nowhere"}, NotFound),
    ],
    ids=str,
)
def test_a_trigger_that_could_not_work_is_not_saved(cast: Cast, change: dict[str, Any], error: type[Exception]) -> None:
    save_workflow(cast.alice, "w", DOCUMENT)
    with pytest.raises(error):
        actions.create_trigger(cast.alice, replace(WANTED, **change))
    assert queries.list_triggers(cast.alice) == ()


def test_a_name_is_taken_once_in_an_organization(cast: Cast, nightly: UUID) -> None:
    with pytest.raises(Conflict):
        actions.create_trigger(cast.alice, WANTED)
    save_workflow(cast.charlie, "w", DOCUMENT)
    assert actions.create_trigger(cast.charlie, WANTED) != nightly
    assert trigger_named(cast.alice, "nightly") == nightly


def test_a_change_keeps_what_is_due_unless_the_schedule_itself_changes(cast: Cast, nightly: UUID) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    execute("UPDATE tropeiro_trigger SET next_at = %s, failures = 3", [due])
    actions.change_trigger(cast.alice, nightly, replace(WANTED, inputs={"n": 1}))
    assert queries.trigger(cast.alice, nightly).next_at == due
    assert queries.trigger(cast.alice, nightly).failures == 0
    actions.change_trigger(cast.alice, nightly, replace(WANTED, cron="45 2 * * *"))
    found = queries.trigger(cast.alice, nightly)
    assert found.next_at is not None
    assert found.next_at.minute == 45


def test_a_trigger_that_is_off_is_never_due_and_gives_up_what_waits(cast: Cast, nightly: UUID) -> None:
    execute(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome)"
        " VALUES (%s, now(), %s, 'waiting')",
        [nightly, cast.alice.organization],
    )
    actions.disable_trigger(cast.alice, nightly)
    found = queries.trigger(cast.alice, nightly)
    assert (found.enabled, found.next_at, found.coming(datetime.now(UTC))) == (False, None, ())
    (firing,) = queries.firings(cast.alice, nightly)
    assert (firing.outcome, firing.error and firing.error["code"]) == (FiringOutcome.SKIPPED, "disabled")
    with pytest.raises(Conflict):
        actions.disable_trigger(cast.alice, nightly)


def test_turning_a_paused_trigger_on_forgets_why_it_paused(cast: Cast, nightly: UUID) -> None:
    execute('UPDATE tropeiro_trigger SET enabled = false, next_at = NULL, failures = 5, paused = \'{"code": "x"}\'')
    actions.enable_trigger(cast.alice, nightly)
    found = queries.trigger(cast.alice, nightly)
    assert found.next_at is not None
    assert (found.enabled, found.failures, found.paused) == (True, 0, None)
    with pytest.raises(Conflict):
        actions.enable_trigger(cast.alice, nightly)


def test_a_trigger_can_be_run_by_hand_and_its_job_leads_back_to_it(cast: Cast, nightly: UUID) -> None:
    job = actions.run_trigger(cast.alice, nightly)
    found = job_details(cast.bob, job)
    assert (found.trigger, found.started_by, found.inputs.value) == ("manual", "alice@example.org", {"n": 7})
    assert (found.trigger_id, found.trigger_name) == (nightly, "nightly")
    (firing,) = queries.firings(cast.bob, nightly)
    assert (firing.by_hand, firing.outcome, firing.job, firing.job_state) == (
        True, FiringOutcome.STARTED, job, JobState.QUEUED,
    )  # fmt: skip
    end_job(job, "succeeded")
    assert queries.list_triggers(cast.bob)[0].last_job_state is JobState.SUCCEEDED


def test_a_deleted_trigger_leaves_its_jobs(cast: Cast, nightly: UUID) -> None:
    job = actions.run_trigger(cast.alice, nightly)
    actions.delete_trigger(cast.alice, nightly)
    assert queries.list_triggers(cast.alice) == ()
    assert job_details(cast.alice, job).trigger_name == ""


@pytest.mark.parametrize("act", ACTS)
def test_the_trigger_of_another_organization_and_no_trigger_at_all_get_the_same_answer(
    cast: Cast, nightly: UUID, nobody: UUID, act: Callable[[Member, UUID], Any]
) -> None:
    before = execute("SELECT enabled, next_at, changed_at FROM tropeiro_trigger")
    said = []
    for wanted in (nightly, nobody):
        with pytest.raises(NotFound) as refused:
            act(cast.charlie, wanted)
        said.append((refused.value.code, refused.value.message.replace(str(wanted), "…"), refused.value.hint))
    assert said[0] == said[1]
    assert execute("SELECT enabled, next_at, changed_at FROM tropeiro_trigger") == before
    with pytest.raises(NotFound):
        trigger_named(cast.charlie, "nightly")
    assert queries.list_triggers(cast.charlie) == ()


def test_a_private_service_is_started_only_from_its_own_project(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("greet", name="{{ inputs.who }}")}))
    wanted = replace(WANTED, target="greetings/secret", inputs={"x": 1})
    with pytest.raises(Forbidden):
        actions.create_trigger(cast.alice, wanted)
    assert actions.create_trigger(cast.alice, replace(wanted, project="greetings"))


@pytest.mark.parametrize("target", ["w", "core/set", "core/set@1", "greetings/hello", "greetings/greet"])
def test_a_job_of_the_schedule_is_the_same_as_one_started_by_hand(
    cast: Cast, tmp_path: Path, target: str, fire: Callable[[], None]
) -> None:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("greet", name="you")}))
    save_workflow(cast.alice, "w", DOCUMENT)
    inputs = {"name": "you"} if target == "greetings/greet" else {"n": 1}
    project = None if target == "w" else "greetings"
    wanted = replace(WANTED, target=target, inputs=inputs, project=project, overlap=Overlap.ALLOW)
    trigger = actions.create_trigger(cast.alice, wanted)
    actions.run_trigger(cast.alice, trigger)
    execute("UPDATE tropeiro_trigger SET next_at = now()")
    fire()
    by_hand, scheduled = execute(
        "SELECT name, route_digest, project_id, workflow_version_id, service_version_id, inputs::text"
        " FROM tropeiro_job WHERE trigger_id = %s ORDER BY started_by_id NULLS LAST",
        [trigger],
    )
    assert by_hand == scheduled


def test_a_service_that_became_private_to_others_is_not_started_any_more(
    cast: Cast, tmp_path: Path, fire: Callable[[], None]
) -> None:
    apply(cast.charlie, write_project(tmp_path / "p"))
    trigger = actions.create_trigger(cast.alice, replace(WANTED, target="rivals/greetings/greet", inputs={"name": "x"}))
    execute("UPDATE tropeiro_service SET visibility = 'private'")
    execute("UPDATE tropeiro_trigger SET next_at = now()")
    fire()
    (firing,) = queries.firings(cast.alice, trigger)
    assert (firing.outcome, firing.error and firing.error["code"]) == (FiringOutcome.FAILED, "not_found")
    with pytest.raises(NotFound):
        actions.run_trigger(cast.alice, trigger)


def test_a_trigger_that_calls_into_an_archived_project_fails_and_says_why(
    cast: Cast, tmp_path: Path, fire: Callable[[], None]
) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    save_workflow(cast.alice, "w", json.dumps(call("greetings/greet@1", name="you")))
    trigger = actions.create_trigger(cast.alice, WANTED)
    archive_project(cast.alice, "greetings")
    execute("UPDATE tropeiro_trigger SET next_at = now()")
    fire()
    (firing,) = queries.firings(cast.alice, trigger)
    assert (firing.outcome, firing.error and firing.error["code"]) == (FiringOutcome.FAILED, "project_archived")
    restore_project(cast.alice, "greetings")
    execute("UPDATE tropeiro_trigger SET next_at = now()")
    fire()
    assert [one.outcome for one in queries.firings(cast.alice, trigger)] == ["started", "failed"]
