"""What people do to projects: they are made, changed, archived, restored and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from job_rows import end_job
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.credentials.queries import list_credentials
from tropeiro.web.jobs.actions import call_service, rerun, start_job
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.limits.actions import set_limit
from tropeiro.web.limits.wanted import Wanted as WantedLimit
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role
from tropeiro.web.projects.access import project_row
from tropeiro.web.projects.actions import (
    apply,
    archive_project,
    change_project,
    create_project,
    delete_project,
    restore_project,
)
from tropeiro.web.projects.holds import HoldKind, deletion
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.services.queries import list_services
from tropeiro.web.tenancy import tenant
from tropeiro.web.triggers import queries as triggers
from tropeiro.web.triggers.actions import create_trigger, enable_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.queries import list_workflows
from tropeiro.web.workflows.runnable import resolve_runnable

pytestmark = pytest.mark.django_db

DOCUMENT = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
STATE = "SELECT slug, name, description, archived_at, deleted_at FROM tropeiro_project ORDER BY id"
WANTED = Wanted(name="nightly", target="greetings/hello", project="greetings", every_ms=60_000)


def _change(member: Member, project: str = "greetings", **about: str) -> None:
    change_project(member, project, **{"slug": project, "name": "Greetings", "description": "", **about})


ACTS: list[Callable[[Member, str], Any]] = [
    lambda member, project: _change(member, project, name="Other"),
    archive_project,
    restore_project,
    lambda member, project: delete_project(member, project, project),
]


@pytest.fixture
def greetings(cast: Cast, tmp_path: Path) -> str:
    """A project with the public service ``greet``, the private ``secret`` and the public automation ``hello``."""
    automations = {"hello": call("greet", name="x")}
    apply(cast.alice, write_project(tmp_path / "p", automations=automations, options="public = true"))
    return "greetings"


@pytest.mark.parametrize("act", ACTS)
def test_a_project_of_another_organization_and_none_at_all_get_the_same_answer_and_nothing_changes(
    cast: Cast, greetings: str, act: Callable[[Member, str], Any]
) -> None:
    before = execute(STATE)
    said = []
    for project in (greetings, "nowhere"):
        with pytest.raises(NotFound) as refused:
            act(cast.charlie, project)
        said.append((refused.value.code, refused.value.message.replace(project, "…"), refused.value.hint))
    assert said[0] == said[1]
    assert execute(STATE) == before


@pytest.mark.parametrize(
    ("act", "least"), list(zip(ACTS, [Role.EDITOR, Role.ADMIN, Role.ADMIN, Role.ADMIN], strict=True))
)
def test_below_the_least_role_nothing_changes(
    cast: Cast, greetings: str, act: Callable[[Member, str], Any], least: Role
) -> None:
    before = execute(STATE)
    for role in Role:
        if not role.includes(least):
            with pytest.raises(Forbidden):
                act(replace(cast.bob, role=role), greetings)
    assert execute(STATE) == before


def test_a_change_is_told_in_the_audit_log_and_none_is_not(cast: Cast) -> None:
    create_project(cast.alice, "tools", "Tools")
    change_project(cast.alice, "tools", slug="kit", name="Kit", description="What we use.")
    assert [(row.slug, row.name, row.description) for row in list_projects(cast.bob)] == [
        ("kit", "Kit", "What we use.")
    ]
    act = recent_acts(cast.alice)[0]
    assert (act.verb, act.object_name, act.details) == (
        "project.change", "kit", {"changed": ["description", "name", "slug"], "was": "tools"},
    )  # fmt: skip
    change_project(cast.alice, "kit", slug="kit", name="Kit", description="What we use.")
    assert len([act for act in recent_acts(cast.alice) if act.verb == "project.change"]) == 1


@pytest.mark.parametrize(
    "about",
    [{"slug": "Bad Slug"}, {"slug": ""}, {"name": " "}, {"name": "x" * 201}, {"description": "x" * 5_001}],
    ids=str,
)
def test_what_cannot_be_a_project_is_refused(cast: Cast, about: dict[str, str]) -> None:
    create_project(cast.alice, "tools", "Tools")
    before = execute(STATE)
    with pytest.raises(InvalidInput):
        change_project(cast.alice, "tools", **{"slug": "tools", "name": "Tools", "description": "", **about})
    with pytest.raises(InvalidInput):
        create_project(cast.alice, **{"slug": "more", "name": "More", **about})
    assert execute(STATE) == before


def test_a_short_name_that_is_taken_is_refused(cast: Cast) -> None:
    create_project(cast.alice, "tools")
    create_project(cast.alice, "kit")
    with pytest.raises(Conflict):
        change_project(cast.alice, "kit", slug="tools", name="Kit", description="")
    with pytest.raises(Conflict):
        create_project(cast.alice, "kit")


def test_a_short_name_stays_while_something_relies_on_it_and_says_what(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet@1", name="you")))
    create_trigger(cast.alice, WANTED)
    set_limit(cast.alice, WantedLimit(kind=LimitKind.SERVICE, subject="greetings/greet", concurrency=1))
    with pytest.raises(Conflict) as refused:
        _change(cast.alice, slug="hellos")
    assert "project.toml" in refused.value.hint
    assert "called by mine" in refused.value.hint
    assert "nightly" in refused.value.hint
    assert "acme/greetings/greet" in refused.value.hint
    _change(cast.alice, name="Hello there")
    assert list_projects(cast.alice)[0].name == "Hello there"


def test_a_workflow_inside_that_names_its_own_project_holds_the_short_name_too(cast: Cast, greetings: str) -> None:
    execute("UPDATE tropeiro_project SET applied_at = NULL")
    save_workflow(cast.alice, "inside", json.dumps(call("greetings/greet", name="you")), project=greetings)
    with pytest.raises(Conflict) as refused:
        _change(cast.alice, slug="hellos")
    assert refused.value.hint == "Called by greetings/inside."
    save_workflow(cast.alice, "inside", json.dumps(call("greet", name="you")), project=greetings)
    _change(cast.alice, slug="hellos")
    assert [row.slug for row in list_projects(cast.alice)] == ["hellos"]


def test_nothing_of_an_archived_project_starts_and_what_runs_comes_to_its_end(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "w", DOCUMENT, project=greetings)
    save_workflow(cast.alice, "outside", json.dumps(call("greetings/hello")))
    save_workflow(cast.alice, "outer", json.dumps(call("greetings/greet@1", name="you")))
    running = call_service(cast.alice, "greetings/greet", {"name": "x"})
    archive_project(cast.alice, greetings)
    assert job_details(cast.alice, running).state == "queued"
    jobs = execute("SELECT count(*) FROM tropeiro_job")
    starts: list[Callable[[], Any]] = [
        lambda: call_service(cast.alice, "greetings/greet", {"name": "x"}),
        lambda: start_job(cast.alice, resolve_runnable(cast.alice, "greetings/hello"), {}),
        lambda: start_job(cast.alice, resolve_runnable(cast.alice, "greetings/w"), {}),
        lambda: start_job(cast.alice, resolve_runnable(cast.alice, "outer"), {}),
        lambda: start_job(cast.alice, resolve_runnable(cast.alice, "outside"), {}),
        lambda: start_job(cast.alice, DOCUMENT, project=greetings),
        lambda: create_trigger(cast.alice, WANTED),
        lambda: create_trigger(cast.alice, replace(WANTED, target="outer", project=None)),
        lambda: set_credential(cast.alice, "c", "token", {"token": "t"}, project=greetings),
        lambda: save_workflow(cast.alice, "w2", DOCUMENT, project=greetings),
        lambda: _change(cast.alice, name="New"),
        lambda: archive_project(cast.alice, greetings),
    ]
    for number, start in enumerate(starts):
        with pytest.raises(Conflict) as refused:
            start()
        assert "archived" in refused.value.message, number
    assert execute("SELECT count(*) FROM tropeiro_job") == jobs
    restore_project(cast.alice, greetings)
    assert call_service(cast.alice, "greetings/greet", {"name": "x"})
    with pytest.raises(Conflict):
        restore_project(cast.alice, greetings)


def test_an_archived_project_is_not_brought_to_its_folder(cast: Cast, greetings: str, tmp_path: Path) -> None:
    archive_project(cast.alice, greetings)
    before = execute("SELECT count(*) FROM tropeiro_service_version")
    with pytest.raises(Conflict):
        apply(cast.alice, write_project(tmp_path / "p", version=2, automations={"hello": call("greet", name="x")}))
    assert execute("SELECT count(*) FROM tropeiro_service_version") == before


def test_a_job_of_the_history_cannot_run_again_while_its_project_is_archived(cast: Cast, greetings: str) -> None:
    job = call_service(cast.alice, "greetings/greet", {"name": "x"})
    end_job(job, "failed")
    archive_project(cast.alice, greetings)
    with pytest.raises(Conflict):
        rerun(cast.alice, job)
    restore_project(cast.alice, greetings)
    assert rerun(cast.alice, job)


def test_another_organization_learns_no_more_than_that_a_service_is_gone(cast: Cast, greetings: str) -> None:
    save_workflow(cast.charlie, "theirs", json.dumps(call("acme/greetings/greet@1", name="x")))
    archive_project(cast.alice, greetings)
    with pytest.raises(NotFound):
        call_service(cast.charlie, "acme/greetings/greet", {"name": "x"})
    with pytest.raises(Conflict) as refused:
        start_job(cast.charlie, resolve_runnable(cast.charlie, "theirs"), {})
    assert refused.value.message == (
        "greetings/greet is not offered now: its project is archived, or its organization is suspended."
    )


def test_triggers_rest_while_their_project_is_archived_and_are_due_again_afterwards(cast: Cast, greetings: str) -> None:
    own = create_trigger(cast.alice, WANTED)
    off = create_trigger(cast.alice, replace(WANTED, name="off"), enabled=False)
    other = create_trigger(cast.alice, replace(WANTED, name="other", project=None, target="core/set"))
    execute(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome)"
        " VALUES (%s, now(), %s, 'waiting')",
        [own, cast.alice.organization],
    )
    archive_project(cast.alice, greetings)
    found = triggers.trigger(cast.alice, own)
    assert (found.enabled, found.next_at) == (True, None)
    assert [one.outcome for one in triggers.firings(cast.alice, own)] == ["skipped"]
    assert triggers.trigger(cast.alice, other).next_at is not None
    with pytest.raises(Conflict):
        enable_trigger(cast.alice, off)
    restore_project(cast.alice, greetings)
    assert triggers.trigger(cast.alice, own).next_at is not None
    assert triggers.trigger(cast.alice, off).next_at is None


def test_deleting_is_refused_while_something_depends_on_the_project_and_says_what(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet@1", name="you")))
    save_workflow(cast.charlie, "theirs", json.dumps(call("acme/greetings/greet@1", name="x")))
    create_trigger(cast.alice, replace(WANTED, project=None, target="greetings/greet", inputs={"name": "x"}))
    job = call_service(cast.alice, "greetings/secret", {"x": 1}, project=greetings)
    before = execute(STATE)
    with pytest.raises(Conflict) as refused:
        delete_project(cast.alice, greetings, greetings)
    assert execute(STATE) == before
    for said in ("called by mine", "1 workflow of other organizations", "nightly", "greetings/secret@1"):
        assert said in refused.value.hint.replace("Called", "called"), said
    with tenant(cast.alice.organization):
        holds = deletion(cast.alice, project_row(cast.alice, greetings)).holds
    assert {hold.kind for hold in holds} == {HoldKind.WORKFLOW, HoldKind.OTHERS, HoldKind.TRIGGER, HoldKind.JOB}
    assert next(hold.id for hold in holds if hold.kind is HoldKind.JOB) == job
    assert next(hold.uses for hold in holds if hold.kind is HoldKind.WORKFLOW) == ("greet",)


def test_a_deleted_project_takes_along_what_is_listed_and_leaves_its_history(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "w", DOCUMENT, project=greetings)
    set_credential(cast.alice, "api", "token", {"token": "s3cret"}, project=greetings)
    set_credential(cast.alice, "stays", "token", {"token": "s3cret"})
    set_limit(cast.alice, WantedLimit(kind=LimitKind.SERVICE, subject="greetings/greet", concurrency=1))
    create_trigger(cast.alice, WANTED)
    job = call_service(cast.alice, "greetings/greet", {"name": "x"})
    end_job(job, "succeeded")
    with tenant(cast.alice.organization):
        standing = deletion(cast.alice, project_row(cast.alice, greetings))
    assert standing.holds == ()
    assert (standing.going.services, standing.going.automations) == (("greet", "secret"), ("hello",))
    assert (standing.going.workflows, standing.going.credentials) == (("w",), ("api",))
    assert (standing.going.triggers, standing.going.limits) == (("nightly",), ("acme/greetings/greet",))
    with pytest.raises(InvalidInput):
        delete_project(cast.alice, greetings, "greeting")
    assert list_projects(cast.alice)
    delete_project(cast.alice, greetings, greetings)
    assert list_projects(cast.alice) == ()
    assert list_services(cast.alice, greetings) == list_workflows(cast.alice, greetings) == ()
    assert [row.name for row in list_credentials(cast.alice)] == ["stays"]
    assert triggers.list_triggers(cast.alice) == ()
    assert job_details(cast.alice, job).name == "greetings/greet@1"
    assert recent_acts(cast.alice)[0].details["credentials"] == 1
    with pytest.raises(NotFound):
        archive_project(cast.alice, greetings)


def test_a_deleted_projects_short_name_can_be_used_again_and_nothing_of_it_is_back(
    cast: Cast, greetings: str, tmp_path: Path
) -> None:
    set_credential(cast.alice, "api", "token", {"token": "s3cret"}, project=greetings)
    delete_project(cast.alice, greetings, greetings)
    create_project(cast.alice, greetings, "Again")
    (row,) = list_projects(cast.alice)
    assert (row.name, row.services, row.automations, row.applied_at) == ("Again", 0, 0, None)
    assert list_credentials(cast.alice) == ()
    delete_project(cast.alice, greetings, greetings)
    diff = apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("greet", name="x")}))
    assert diff.created
    assert call_service(cast.alice, "greetings/greet", {"name": "x"})


def test_a_caller_that_was_removed_holds_nothing(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet@1", name="you")))
    execute("UPDATE tropeiro_workflow SET removed_at = now() WHERE name = 'mine'")
    delete_project(cast.alice, greetings, greetings)
    assert list_projects(cast.alice) == ()


def test_an_admin_may_delete(cast: Cast, greetings: str) -> None:
    add_member(cast.alice, "bob@example.org", Role.ADMIN)
    delete_project(replace(cast.bob, role=Role.ADMIN), greetings, greetings)
    assert list_projects(cast.alice) == ()
