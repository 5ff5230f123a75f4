"""What a reference means where it stands, and who may call what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import DocumentInvalid, Forbidden, NotFound, Problem
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import apply, create_project
from tropeiro.web.services.queries import list_services, show_service
from tropeiro.web.workflows.actions import resolve_runnable, save_workflow
from tropeiro.web.workflows.queries import list_workflows, show_workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def greetings(cast: Cast, tmp_path: Path) -> Cast:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("secret", x=1)}))
    return cast


def _pinned(member: Member, steps: Any, project: str | None = None) -> Any:
    saved = save_workflow(member, "w", json.dumps(steps), project=project)
    return json.loads(execute("SELECT pinned::text FROM tropeiro_workflow_version WHERE id = %s", [saved.id])[0][0])


def _problem(member: Member, uses: str, project: str | None = None) -> Problem:
    with pytest.raises(DocumentInvalid) as refused:
        save_workflow(member, "w", json.dumps(call(uses)), project=project)
    return refused.value.problems[0]


def test_a_call_is_pinned_to_one_revision_under_its_full_name(greetings: Cast) -> None:
    step = _pinned(greetings.alice, call("greetings/greet", name="x"))["steps"][0]
    assert step["uses"] == "acme/greetings/greet@1"
    assert step["service"] == str(show_service(greetings.alice, "greetings/greet").versions[0].id)


def test_one_segment_names_a_service_of_this_project_also_a_private_one(greetings: Cast) -> None:
    step = _pinned(greetings.alice, call("secret", x=1), project="greetings")["steps"][0]
    assert step["uses"] == "acme/greetings/secret@1"


def test_one_segment_outside_of_a_project_says_what_is_missing(greetings: Cast) -> None:
    problem = _problem(greetings.alice, "greet")
    assert problem.code == "no_project"
    assert problem.pointer == "/0/uses"
    assert problem.line == 1


def test_two_segments_fall_back_to_the_house(greetings: Cast) -> None:
    assert _pinned(greetings.alice, call("core/set"))["steps"][0]["uses"] == "house/core/set@1"


def test_a_project_of_ones_own_goes_before_the_house(cast: Cast, tmp_path: Path) -> None:
    source = "from tropeiro.sdk import service\n\n@service(public=True)\ndef set(x: int) -> int:\n    return x\n"
    apply(cast.alice, write_project(tmp_path / "core", name="core", services=source))
    assert _pinned(cast.alice, call("core/set", x=1))["steps"][0]["uses"] == "acme/core/set@1"
    assert _pinned(cast.charlie, call("core/set", x=1))["steps"][0]["uses"] == "house/core/set@1"


def test_a_private_service_cannot_be_called_from_another_project_and_the_message_says_what_can(
    greetings: Cast,
) -> None:
    create_project(greetings.alice, "elsewhere")
    for project in (None, "elsewhere"):
        problem = _problem(greetings.alice, "greetings/secret", project)
        assert problem.code == "private_service"
        assert problem.message == (
            "greetings/secret is private to project greetings: only workflows of that project may call it."
        )
        assert problem.hint == "Call greetings/greet instead, or put the workflow into project greetings."


def test_a_private_service_of_another_organization_looks_as_if_there_were_none(greetings: Cast) -> None:
    hidden = _problem(greetings.charlie, "acme/greetings/secret")
    missing = _problem(greetings.charlie, "acme/greetings/nothing")
    assert hidden.code == missing.code == "no_such_service"
    assert hidden.message.replace("secret", "nothing") == missing.message


def test_a_public_service_of_another_organization_can_be_called_by_its_full_name(greetings: Cast) -> None:
    assert _pinned(greetings.charlie, call("acme/greetings/greet", name="x"))["steps"][0]["uses"] == (
        "acme/greetings/greet@1"
    )


def test_a_version_that_does_not_exist_is_refused_with_those_that_do(greetings: Cast) -> None:
    problem = _problem(greetings.alice, "greetings/greet@7")
    assert (problem.code, problem.hint) == ("no_such_version", "Its versions: 1.")


def test_a_near_name_is_suggested(greetings: Cast) -> None:
    assert "set" in _problem(greetings.alice, "core/sett").hint


def test_every_problem_is_told_at_once_with_its_line(greetings: Cast) -> None:
    text = '[\n {"id": "a", "uses": "core/nope"},\n {"id": "b", "uses": "greetings/secret"}\n]'
    with pytest.raises(DocumentInvalid) as refused:
        save_workflow(greetings.alice, "w", text)
    assert [(one.code, one.line) for one in refused.value.problems] == [("no_such_service", 2), ("private_service", 3)]


def test_many_references_are_resolved_in_two_queries(greetings: Cast, django_assert_max_num_queries: Any) -> None:
    names = [row.name for row in list_services(greetings.alice) if row.organization == "house"]
    steps = [{"id": name, "uses": f"core/{name}"} for name in names]
    with django_assert_max_num_queries(15):
        save_workflow(greetings.alice, "many", json.dumps(steps))


def test_saving_the_same_again_makes_no_new_version(greetings: Cast) -> None:
    first = save_workflow(greetings.alice, "w", json.dumps(call("core/set", x=1)))
    again = save_workflow(greetings.alice, "w", json.dumps(call("core/set", x=1)))
    other = save_workflow(greetings.alice, "w", json.dumps(call("core/set", x=2)), message="two")
    assert [(one.version, one.changed) for one in (first, again, other)] == [(1, True), (1, False), (2, True)]
    assert show_workflow(greetings.bob, "w").message == "two"
    assert show_workflow(greetings.bob, "w", version=1).document == json.dumps(call("core/set", x=1))
    assert [row.version for row in list_workflows(greetings.bob)] == [2]


def test_a_workflow_of_another_organization_looks_as_if_there_were_none(greetings: Cast) -> None:
    save_workflow(greetings.alice, "w", json.dumps(call("core/set")))
    with pytest.raises(NotFound):
        show_workflow(greetings.charlie, "w")


def test_an_automation_of_ones_own_runs_its_own_steps(greetings: Cast) -> None:
    found = resolve_runnable(greetings.alice, "greetings/hello", project="greetings")
    assert (found.kind, found.label) == ("automation", "greetings/hello@1")
    assert [step.id for step in found.route.workflow.steps] == ["one"]


def test_a_public_automation_of_another_organization_is_one_call_and_shows_nothing_inside(
    cast: Cast, tmp_path: Path
) -> None:
    folder = write_project(tmp_path / "p", automations={"hello": call("secret", x=1)}, options="public = true")
    apply(cast.alice, folder)
    found = resolve_runnable(cast.charlie, "acme/greetings/hello")
    assert found.kind == "service"
    assert found.workflow_version is None
    assert b"secret" not in found.route.text


def test_a_private_service_cannot_be_run_by_itself_from_outside(greetings: Cast) -> None:
    with pytest.raises(Forbidden, match="private to project greetings"):
        resolve_runnable(greetings.alice, "greetings/secret")
    with pytest.raises(NotFound):
        resolve_runnable(greetings.charlie, "acme/greetings/secret")


def test_a_workflow_is_found_by_project_and_name(greetings: Cast) -> None:
    save_workflow(greetings.alice, "nightly", json.dumps(call("secret", x=1)), project="greetings")
    assert resolve_runnable(greetings.alice, "greetings/nightly@1").kind == "workflow"
    with pytest.raises(NotFound):
        resolve_runnable(greetings.alice, "greetings/nightly@2")
