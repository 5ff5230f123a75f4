"""Workflows in the console: written, versioned, compared, renamed, removed, copied and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from job_rows import add_step, end_job
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, DocumentInvalid, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.recent import cells_of, latest_runs
from tropeiro.web.paging import Sort
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import apply, create_project
from tropeiro.web.screens.workflows.examples import EXAMPLES, example_text
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.queries import list_triggers
from tropeiro.web.triggers.wanted import Wanted as WantedTrigger
from tropeiro.web.workflows.actions import (
    remove_workflow,
    rename_workflow,
    resolve_runnable,
    restore_version,
    restore_workflow,
    save_version,
    save_workflow,
)
from tropeiro.web.workflows.comparing import compare_versions
from tropeiro.web.workflows.copying import check_copy, copied_text, copy_workflow
from tropeiro.web.workflows.details import document_text, versions_of, workflow_page
from tropeiro.web.workflows.drafts import begin_draft, save_draft
from tropeiro.web.workflows.queries import list_workflows
from tropeiro.web.workflows.search import Wanted, search_workflows

pytestmark = pytest.mark.django_db


def steps(x: int = 1) -> str:
    return json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": x}}], indent=2)


def _text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def workflow(cast: Cast) -> UUID:
    return save_workflow(cast.alice, "w", steps()).workflow


@pytest.fixture
def nightly(cast: Cast, workflow: UUID) -> UUID:
    return create_trigger(cast.alice, WantedTrigger(name="nightly", target="w", cron="0 3 * * *"))


def test_a_workflow_is_written_checked_and_published_without_scripts(cast: Cast) -> None:
    client = cast.client(cast.alice)
    draft = begin_draft(cast.alice, "new-one", None, "")
    sent = {"name": "better", "project": "", "message": "First", "revision": "1", "document": example_text("each")}
    checked = client.post(f"/workflows/{draft}/text", {**sent, "do": "check"})
    assert "No problem found." in _text(checked)
    kept = client.post(f"/workflows/{draft}/text", {**sent, "do": "keep", "document": "{"})
    assert "Line 1" in _text(kept)
    assert list_workflows(cast.alice) == ()
    saved = client.post(f"/workflows/{draft}/text", {**sent, "revision": "2"})
    (row,) = list_workflows(cast.alice)
    assert saved.headers["Location"] == f"/workflows/{row.id}" == f"/workflows/{draft}"
    assert row.name == "better"
    assert [(one.version, one.message, one.created_by) for one in versions_of(cast.alice, row.id)] == [
        (1, "First", "alice@example.org")
    ]


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_can_be_saved_and_started(cast: Cast, name: str) -> None:
    save_workflow(cast.alice, "example", example_text(name))
    inputs = {"url": "https://example.org"} if name == "request" else {}
    assert start_job(cast.alice, resolve_runnable(cast.alice, "example"), inputs)


def test_problems_stand_at_their_lines_and_what_was_typed_stays(cast: Cast, workflow: UUID) -> None:
    broken = steps().replace("core/set@1", "core/sett@1").replace("\n", "\r\n")
    response = cast.client(cast.alice).post(f"/workflows/{workflow}/text", {"document": broken, "revision": "1"})
    page = _text(response)
    assert response.status_code == 400
    assert 'href="#line-4"' in page
    assert 'id="line-4"' in page
    assert "core/sett@1" in page
    assert workflow_page(cast.alice, workflow).newest.version == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"document": "{"}, "JSON"),
        ({"name": "Not A Name"}, "cannot be a workflow"),
        ({"name": "w"}, "There is a workflow `w` already."),
        ({"project": "nowhere"}, "There is no project"),
    ],
)
def test_what_cannot_be_published_is_shown_again_with_the_reason(
    cast: Cast, workflow: UUID, change: dict[str, str], said: str
) -> None:
    draft = begin_draft(cast.alice, "x", None, "")
    sent = {"name": "x", "project": "", "message": "keep <me>", "revision": "1", "document": steps(), **change}
    page = _text(cast.client(cast.alice).post(f"/workflows/{draft}/text", sent))
    assert said in page
    assert "keep &lt;me&gt;" in page
    assert len(list_workflows(cast.alice)) == 1


def test_nobody_overwrites_a_newer_version_without_knowing(cast: Cast, workflow: UUID) -> None:
    kept = save_draft(cast.alice, workflow, steps(3), 1).state
    save_version(cast.alice, workflow, steps(2), base=1)
    client = cast.client(cast.alice)
    sent = {"document": steps(3), "revision": str(kept.revision)}
    refused = client.post(f"/workflows/{workflow}/text", sent)
    page = _text(refused)
    assert refused.status_code == 409
    assert "Version 2 was saved meanwhile" in page
    assert "&quot;x&quot;: 3" in page
    assert workflow_page(cast.alice, workflow).newest.version == 2
    over = client.post(f"/workflows/{workflow}/text", {**sent, "over": "2"})
    assert over.status_code == 302
    assert [one.version for one in versions_of(cast.alice, workflow)] == [3, 2, 1]


def test_nobody_overwrites_anothers_draft_without_knowing(cast: Cast, workflow: UUID) -> None:
    kept = save_draft(cast.alice, workflow, steps(2), 1).state
    client = cast.client(cast.alice)
    refused = client.post(f"/workflows/{workflow}/text", {"document": steps(3), "revision": "1", "do": "keep"})
    page = _text(refused)
    assert refused.status_code == 409
    assert "alice@example.org changed this draft meanwhile." in page
    assert "&quot;x&quot;: 2" in page
    assert "&quot;x&quot;: 3" in page
    sent = {"document": steps(3), "revision": "1", "theirs": str(kept.revision)}
    assert client.post(f"/workflows/{workflow}/text", sent).status_code == 302
    assert document_text(cast.alice, workflow, 2) == steps(3)


def test_publishing_the_same_makes_no_version(cast: Cast, workflow: UUID) -> None:
    response = cast.client(cast.alice).post(
        f"/workflows/{workflow}/text", {"document": steps().replace("\n", "\r\n"), "revision": "1"}, follow=True
    )
    assert "Nothing differs from version 1." in _text(response)
    assert len(versions_of(cast.alice, workflow)) == 1


def test_the_text_can_come_from_a_file_and_go_to_one(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    at = f"/workflows/{workflow}/text"
    file = SimpleUploadedFile("x.json", b"\xef\xbb\xbf" + steps(7).encode())
    page = _text(client.post(at, {"do": "file", "file": file, "message": "kept", "document": "old"}))
    assert "&quot;x&quot;: 7" in page
    assert 'value="kept"' in page
    bad = client.post(at, {"do": "file", "file": SimpleUploadedFile("x", b"\xff\xfe"), "document": "old"})
    assert "no text in UTF-8" in _text(bad)
    assert "old" in _text(bad)
    saved = client.get(f"/workflows/{workflow}/file")
    assert _text(saved) == steps()
    assert 'filename="w@1.json"' in saved.headers["Content-Disposition"]


def test_versions_are_compared_step_by_step_and_restored_as_the_newest(cast: Cast, workflow: UUID) -> None:
    save_version(cast.alice, workflow, steps(2))
    found = compare_versions(cast.alice, workflow, 1, 2).difference
    assert found is not None
    assert [(one.id, one.change, one.details[0].pointer) for one in found.steps] == [("a", "changed", "/with/x")]
    page = _text(cast.client(cast.alice).get(f"/workflows/{workflow}/versions?before=1&after=2"))
    assert "<dt>Input <code>x</code></dt>" in page
    saved = restore_version(cast.alice, workflow, 1)
    assert (saved.version, document_text(cast.alice, workflow, 3)) == (3, steps())
    assert versions_of(cast.alice, workflow)[0].message == "Version 1 restored"
    with pytest.raises(NotFound):
        restore_version(cast.alice, workflow, 99)


def test_a_renamed_workflow_keeps_its_versions_and_its_triggers(cast: Cast, workflow: UUID, nightly: UUID) -> None:
    save_workflow(cast.alice, "taken", steps())
    with pytest.raises(Conflict, match="taken"):
        rename_workflow(cast.alice, workflow, "taken", None)
    with pytest.raises(InvalidInput):
        rename_workflow(cast.alice, workflow, "No Name", None)
    create_project(cast.alice, "p")
    rename_workflow(cast.alice, workflow, "better", "p")
    page = workflow_page(cast.alice, workflow)
    assert (page.reference, page.newest.version) == ("p/better", 1)
    assert [one.target for one in list_triggers(cast.alice, workflow=workflow)] == ["p/better"]


def test_a_workflow_does_not_move_to_where_it_cannot_reach_what_it_calls(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    moved = save_workflow(cast.alice, "m", json.dumps(call("secret", x=1)), "greetings").workflow
    with pytest.raises(DocumentInvalid):
        rename_workflow(cast.alice, moved, "m", None)
    assert workflow_page(cast.alice, moved).project == "greetings"


def test_a_workflow_that_a_trigger_starts_is_not_removed_and_others_come_back(
    cast: Cast, workflow: UUID, nightly: UUID
) -> None:
    with pytest.raises(Conflict, match="the trigger nightly starts it"):
        remove_workflow(cast.alice, workflow)
    other = save_workflow(cast.alice, "other", steps()).workflow
    remove_workflow(cast.alice, other)
    client = cast.client(cast.alice)
    assert [row.name for row in list_workflows(cast.alice)] == ["w"]
    assert "other" in _text(client.get("/workflows?tab=removed"))
    assert client.get(f"/workflows/{other}/run").status_code == 404
    assert "There was a workflow" in _text(client.post("/workflows/new", {"name": "other", "start": "empty"}))
    restore_workflow(cast.alice, other)
    assert len(list_workflows(cast.alice)) == 2
    acts = execute("SELECT verb FROM tropeiro_audit WHERE verb LIKE 'workflow.re%%' ORDER BY id")
    assert acts == [("workflow.remove",), ("workflow.restore",)]


def test_who_may_not_changes_nothing(cast: Cast, workflow: UUID) -> None:
    before = execute("SELECT name, removed_at FROM tropeiro_workflow"), len(versions_of(cast.alice, workflow))
    for who, kind in ((cast.bob, Forbidden), (cast.charlie, NotFound)):
        for act in (
            lambda who=who: save_version(who, workflow, steps(2)),
            lambda who=who: restore_version(who, workflow, 1),
            lambda who=who: rename_workflow(who, workflow, "x", None),
            lambda who=who: remove_workflow(who, workflow),
            lambda who=who: restore_workflow(who, workflow),
            lambda who=who: copied_text(who, workflow, who, None),
        ):
            with pytest.raises(kind):
                act()
    assert before == (
        execute("SELECT name, removed_at FROM tropeiro_workflow"),
        len(versions_of(cast.alice, workflow)),
    )


def test_the_inside_of_an_automation_is_looked_at_and_run_and_changed_only_in_its_files(
    cast: Cast, tmp_path: Path
) -> None:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("secret", x=1)}))
    (row,) = search_workflows(cast.alice, Wanted(automation=True), sort=Sort("name")).rows
    for act in (
        lambda: save_version(cast.alice, row.id, steps()),
        lambda: rename_workflow(cast.alice, row.id, "x", None),
        lambda: remove_workflow(cast.alice, row.id),
        lambda: restore_version(cast.alice, row.id, 1),
    ):
        with pytest.raises(Conflict, match="project's files"):
            act()
    client = cast.client(cast.alice)
    assert '<a href="/automations" aria-current="page">' in _text(client.get(f"/workflows/{row.id}"))
    started = client.post(f"/workflows/{row.id}/run", {})
    ((job, version, service),) = execute("SELECT id, workflow_version_id, service_version_id FROM tropeiro_job")
    assert started.headers["Location"] == f"/jobs/{job}"
    assert version is not None
    assert service is not None
    assert [run.id for run in latest_runs(cast.alice, {row.id: row.service})[row.id]] == [job]


def test_a_copy_within_the_organization_is_another_workflow(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    page = _text(client.get(f"/workflows/{workflow}/copy"))
    assert "Everything that it calls can be reached there." in page
    client.post(
        f"/workflows/{workflow}/copy",
        {"organization": "acme", "project": "", "name": "w2", "made": "", "document": steps()},
    )
    assert [row.name for row in list_workflows(cast.alice)] == ["w", "w2"]


def test_a_copy_into_another_organization_names_what_cannot_be_reached_and_leaves_credentials_behind(
    cast: Cast, tmp_path: Path
) -> None:
    apply(cast.alice, write_project(tmp_path / "p"))
    document = [
        {"id": "one", "uses": "greet@1", "with": {"name": "x"}, "credential": "mail"},
        {"id": "two", "uses": "core/set@1", "with": {}},
        {"id": "three", "uses": "secret@1", "with": {"x": 1}},
    ]
    source = save_workflow(cast.alice, "w", json.dumps(document), "greetings").workflow
    add_member(cast.charlie, "alice@example.org", Role.EDITOR)
    there = member_by_email("alice@example.org", "rivals")
    text = copied_text(cast.alice, source, there, None).text
    assert [step["uses"] for step in json.loads(text)["steps"]] == [
        "acme/greetings/greet@1",
        "core/set@1",
        "acme/greetings/secret@1",
    ]
    report = check_copy(there, text, None)
    assert [problem.pointer for problem in report.problems] == ["/steps/2/uses"]
    assert [(one.name, one.steps, one.there) for one in report.credentials] == [("mail", ("one",), False)]
    with pytest.raises(DocumentInvalid):
        copy_workflow(cast.alice, source, there, "w", text)
    mended = json.dumps({**json.loads(text), "steps": json.loads(text)["steps"][:2]})
    response = cast.client(cast.alice).post(
        f"/workflows/{source}/copy",
        {"organization": "rivals", "project": "", "name": "w", "document": mended, "made": "x"},
    )
    assert response.status_code == 302
    assert [row.name for row in list_workflows(cast.charlie)] == ["w"]
    assert execute("SELECT details ->> 'to' FROM tropeiro_audit WHERE verb = 'workflow.copy'") == [("rivals//w",)]


def test_nothing_is_copied_to_where_the_user_does_not_belong_or_may_not_save(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    sent = {"organization": "rivals", "project": "", "name": "stolen", "document": steps(), "made": "x"}
    client.post(f"/workflows/{workflow}/copy", sent)
    assert list_workflows(cast.charlie) == ()
    add_member(cast.charlie, "alice@example.org", Role.VIEWER)
    client.post(f"/workflows/{workflow}/copy", {**sent, "name": "stolen-too"})
    assert list_workflows(cast.charlie) == ()


def test_a_run_begins_with_a_form_from_the_inputs(cast: Cast) -> None:
    document = {
        "inputs": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}},
        "steps": json.loads(steps()),
    }
    workflow = save_workflow(cast.alice, "w", json.dumps(document)).workflow
    client = cast.client(cast.alice)
    wrong = client.post(f"/workflows/{workflow}/run", {"in/n": "0", "mock": "yes"})
    assert wrong.status_code == 400
    assert "Write 1 or more." in _text(wrong)
    assert execute("SELECT count(*) FROM tropeiro_job") == [(0,)]
    client.post(f"/workflows/{workflow}/run", {"in/n": "5", "mock": "yes"})
    assert execute("SELECT inputs::text, mock FROM tropeiro_job") == [('{"n":5}', True)]


def test_the_grid_shows_each_run_with_its_steps(cast: Cast, workflow: UUID) -> None:
    jobs = [start_job(cast.alice, resolve_runnable(cast.alice, "w")) for _ in range(3)]
    end_job(jobs[0], "failed", error={"code": "x", "message": "It broke <here>"})
    add_step(jobs[0], "a", "failed")
    runs = latest_runs(cast.alice, {workflow: None})[workflow]
    assert [run.id for run in runs] == list(reversed(jobs))
    assert [run.id for run in latest_runs(cast.alice, {workflow: None}, before=jobs[1])[workflow]] == [jobs[0]]
    cells = cells_of(cast.alice, jobs, ["a"])
    assert cells[jobs[0]]["a"].state == "failed"
    page = _text(cast.client(cast.alice).get(f"/workflows/{workflow}"))
    assert "It broke &lt;here&gt;" in page
    assert latest_runs(cast.charlie, {workflow: None})[workflow] == ()


def test_lists_and_pages_ask_the_database_as_often_for_many_as_for_one(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    start_job(cast.alice, resolve_runnable(cast.alice, "w"))
    asked("/workflows")
    few = asked("/workflows"), asked(f"/workflows/{workflow}")
    for number in range(6):
        save_workflow(cast.alice, f"more-{number}", steps(number))
        start_job(cast.alice, resolve_runnable(cast.alice, "w"))
    assert (asked("/workflows"), asked(f"/workflows/{workflow}")) == few
    assert max(few) < 25


def test_the_list_is_filtered_sorted_and_a_file(cast: Cast, workflow: UUID, nightly: UUID) -> None:
    save_workflow(cast.alice, "another", steps())

    def names(**wanted: Any) -> list[str]:
        return [row.name for row in search_workflows(cast.alice, Wanted(**wanted), sort=Sort("name")).rows]

    assert names() == ["another", "w"]
    assert (names(switched="on"), names(switched="off")) == (["w"], ["another"])
    assert (names(text="NOTH"), names(project="-"), names(project="p")) == (["another"], ["another", "w"], [])
    assert ",w,1," in _text(cast.client(cast.alice).get("/workflows?format=csv"))


def test_all_triggers_of_a_workflow_are_turned_off_and_on_together(cast: Cast, workflow: UUID, nightly: UUID) -> None:
    client = cast.client(cast.alice)
    client.post(f"/workflows/{workflow}/switch", {"do": "off"})
    assert [one.enabled for one in list_triggers(cast.alice, workflow=workflow)] == [False]
    page = _text(client.get(f"/workflows/{workflow}/triggers"))
    assert "nightly" in page
    client.post(f"/workflows/{workflow}/switch", {"do": "on"})
    assert [one.enabled for one in list_triggers(cast.alice, workflow=workflow)] == [True]
    assert cast.client(cast.bob).post(f"/workflows/{workflow}/switch", {"do": "off"}).status_code == 403
