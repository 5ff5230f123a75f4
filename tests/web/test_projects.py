"""Project as code: a folder becomes services and automations, again and again."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, DocumentInvalid, InvalidInput
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.projects.actions import apply, create_project, plan
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.services.queries import list_services, show_service
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

_EVERYTHING = (
    "SELECT (SELECT count(*) FROM tropeiro_service), (SELECT count(*) FROM tropeiro_service_version),"
    " (SELECT count(*) FROM tropeiro_workflow_version), (SELECT count(*) FROM tropeiro_project),"
    " (SELECT count(*) FROM tropeiro_audit)"
)


def test_applying_makes_services_and_automations(cast: Cast, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "p", automations={"hello": call("greet", name="x")})
    diff = apply(cast.alice, folder)
    assert diff.created
    assert [(one.action, one.kind, one.name) for one in diff.changes] == [
        ("add", "python", "greet"),
        ("add", "python", "secret"),
        ("add", "automation", "hello"),
    ]
    rows = {row.name: (row.kind, row.public) for row in list_services(cast.alice, "greetings")}
    assert rows == {"greet": ("python", True), "secret": ("python", False), "hello": ("automation", False)}
    assert [(row.slug, row.services, row.automations) for row in list_projects(cast.bob)] == [("greetings", 2, 1)]


def test_applying_twice_changes_nothing_the_second_time(cast: Cast, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "p", automations={"hello": call("greet", name="x")})
    apply(cast.alice, folder)
    before = execute(_EVERYTHING)
    assert apply(cast.alice, folder).empty
    assert execute(_EVERYTHING) == before


def test_a_plan_says_what_applying_does_and_does_nothing(cast: Cast, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "p", automations={"hello": call("greet", name="x")})
    before = execute(_EVERYTHING)
    planned = plan(cast.alice, folder)
    assert execute(_EVERYTHING) == before
    assert planned == apply(cast.alice, folder)


def test_the_code_is_stored_under_its_digest(cast: Cast, tmp_path: Path, web_settings: object) -> None:
    folder = write_project(tmp_path / "p")
    apply(cast.alice, folder)
    sha, content = folder.bundle
    assert FsspecBlobs(web_settings.TROPEIRO.blobs).read(f"bundles/{sha}") == content  # type: ignore[attr-defined]


def test_changed_code_is_a_new_revision_and_the_projects_automations_follow_it(cast: Cast, tmp_path: Path) -> None:
    document = call("greet@1", name="x")
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": document}))
    first = show_service(cast.alice, "greetings/greet")
    diff = apply(cast.alice, write_project(tmp_path / "p", body='"Hi, " + name', automations={"hello": document}))
    second = show_service(cast.alice, "greetings/greet")
    assert (first.version, first.revision, second.version, second.revision) == (1, 1, 1, 2)
    assert {(one.name, one.action) for one in diff.changes} == {
        ("greet", "change"),
        ("secret", "change"),
        ("hello", "change"),
    }
    pinned = execute(
        "SELECT v.pinned::text FROM tropeiro_workflow_version v JOIN tropeiro_workflow w ON w.id = v.workflow_id"
        " WHERE w.name = 'hello' ORDER BY v.version DESC"
    )[0][0]
    assert json.loads(pinned)["steps"][0]["service"] == str(second.versions[0].id)


def test_what_others_pinned_stays_what_it_was(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    revision = show_service(cast.alice, "greetings/greet").versions[0].id
    saved = save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    apply(cast.alice, write_project(tmp_path / "p", body='"Hi, " + name'))
    pinned = execute("SELECT pins FROM tropeiro_workflow_version WHERE id = %s", [saved.id])[0][0]
    assert pinned == [revision]
    assert execute("SELECT 1 FROM tropeiro_service_version WHERE id = %s", [revision])


def test_a_version_whose_contract_others_rely_on_is_not_changed_under_them(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    changed = write_project(tmp_path / "p", returns="int", body="len(name)")
    before = execute(_EVERYTHING)
    with pytest.raises(Conflict, match="mine") as refused:
        apply(cast.alice, changed)
    assert "version 2" in refused.value.hint
    assert execute(_EVERYTHING) == before
    apply(cast.alice, write_project(tmp_path / "p", returns="int", body="len(name)", version=2))
    details = show_service(cast.alice, "greetings/greet")
    assert [row.version for row in details.versions] == [2, 1]


def test_a_contract_that_only_the_project_itself_uses_may_change(cast: Cast, tmp_path: Path) -> None:
    document = {"hello": call("greet", name="x")}
    apply(cast.alice, write_project(tmp_path / "p", automations=document))
    diff = apply(cast.alice, write_project(tmp_path / "p", returns="int", body="len(name)", automations=document))
    assert "inputs or outputs changed" in next(one for one in diff.changes if one.name == "greet").details


def test_a_service_that_others_call_is_not_removed(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    with pytest.raises(Conflict, match="greet") as refused:
        apply(cast.alice, write_project(tmp_path / "p", services=""))
    assert "mine" in refused.value.message
    assert {row.name for row in list_services(cast.alice, "greetings")} == {"greet", "secret"}


def test_a_caller_of_another_organization_counts_and_is_not_named(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    save_workflow(cast.charlie, "covert-plan", json.dumps(call("acme/greetings/greet", name="x")))
    with pytest.raises(Conflict, match="1 workflow of other organizations") as refused:
        apply(cast.alice, write_project(tmp_path / "p", services=""))
    assert "covert" not in refused.value.message


def test_a_service_that_others_call_does_not_become_private(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    with pytest.raises(Conflict, match="private"):
        apply(cast.alice, write_project(tmp_path / "p", public=False))


def test_a_service_that_nobody_calls_is_removed_and_comes_back(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    gone = apply(cast.alice, write_project(tmp_path / "p", services=""))
    assert {(one.action, one.name) for one in gone.changes} == {("remove", "greet"), ("remove", "secret")}
    assert list_services(cast.alice, "greetings") == ()
    back = apply(cast.alice, write_project(tmp_path / "p"))
    assert {(one.action, one.name) for one in back.changes} == {("restore", "greet"), ("restore", "secret")}


def test_automations_may_call_each_other_in_any_order_of_the_file(cast: Cast, tmp_path: Path) -> None:
    automations = {"outer": call("inner"), "inner": call("core/set")}
    apply(cast.alice, write_project(tmp_path / "p", automations=automations))
    assert {row.name for row in list_services(cast.alice, "greetings")} >= {"outer", "inner"}


def test_automations_that_call_each_other_in_a_circle_are_refused(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="circle"):
        apply(cast.alice, write_project(tmp_path / "p", automations={"a": call("b"), "b": call("greetings/a")}))


def test_a_broken_document_leaves_everything_as_it_was(cast: Cast, tmp_path: Path) -> None:
    before = execute(_EVERYTHING)
    with pytest.raises(DocumentInvalid):
        apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("no-such")}))
    assert execute(_EVERYTHING) == before


def test_the_order_of_keys_of_a_schema_survives(cast: Cast, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"zeta": {"type": "string"}, "alpha": {"type": "integer"}}}
    document = {"schema": "tropeiro/v1", "inputs": schema, "steps": call("core/set")}
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": document}))
    found = show_service(cast.alice, "greetings/hello").input_schema
    assert msgspec.json.encode(found) == msgspec.json.encode(schema)


def test_a_project_of_the_same_short_name_is_made_once(cast: Cast) -> None:
    create_project(cast.alice, "p")
    with pytest.raises(Conflict):
        create_project(cast.alice, "p")
    create_project(cast.charlie, "p")
