"""Services in the console: found, looked at, tried, tagged, removed and restored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.paging import Sort
from tropeiro.web.projects.actions import apply
from tropeiro.web.services.actions import remove_service, restore_service, tag_service
from tropeiro.web.services.details import compare_revisions, service_page, use_of
from tropeiro.web.services.search import Wanted, search_services
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted as WantedTrigger
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db
BY_NAME = Sort("name")


@pytest.fixture
def offers(cast: Cast, tmp_path: Path) -> Cast:
    """Alice's project with the public service greet, the private secret, and the private automation hello."""
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("secret", x=1)}))
    return cast


def _id(name: str) -> UUID:
    ((id_,),) = execute("SELECT id FROM tropeiro_service WHERE name = %s", [name])
    return UUID(str(id_))


def _text(response: Any) -> str:
    return str(response.content.decode())


def _acts() -> list[Any]:
    return execute("SELECT verb, object_name FROM tropeiro_audit WHERE object_type = 'service' ORDER BY id")


def test_own_services_are_found_by_name_kind_and_visibility(offers: Cast) -> None:
    def names(**wanted: Any) -> list[str]:
        return [row.name for row in search_services(offers.alice, Wanted(**wanted), sort=BY_NAME).rows]

    assert names() == ["greet", "hello", "secret"]
    assert names(text="SECRET") == ["secret"]
    assert names(text="%") == []
    assert names(kind="automation") == ["hello"]
    assert names(visibility="private") == ["hello", "secret"]
    assert names(project="elsewhere") == []


def test_public_services_of_everybody_are_seen_and_private_ones_of_others_never(offers: Cast) -> None:
    found = search_services(offers.charlie, Wanted(public=True), sort=BY_NAME, limit=200).rows
    assert ("acme", "greet") in {(row.organization, row.name) for row in found}
    assert not {"secret", "hello"} & {row.name for row in found}
    assert search_services(offers.charlie, Wanted(), sort=BY_NAME).rows == ()


def test_pages_of_the_list_follow_one_another_without_gap_or_repetition(offers: Cast) -> None:
    whole = [row.id for row in search_services(offers.alice, Wanted(public=True), sort=BY_NAME, limit=200).rows]
    seen: list[UUID] = []
    after = ""
    for _ in range(len(whole)):
        page = search_services(offers.alice, Wanted(public=True), sort=BY_NAME, after=after, limit=4)
        seen.extend(row.id for row in page.rows)
        after = page.next
        if not after:
            break
    assert seen == whole
    assert len(whole) > 8


def test_the_list_asks_the_database_as_often_for_many_services_as_for_one(offers: Cast) -> None:
    client = offers.client(offers.alice)
    client.get("/services")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/services?q=greet")
    with CaptureQueriesContext(connection) as many:
        client.get("/services?tab=public")
    assert len(many) == len(few) < 20


def test_another_organization_sees_the_contract_of_a_public_service_and_not_what_is_behind_it(offers: Cast) -> None:
    page = service_page(offers.charlie, _id("greet"))
    assert page.contract.input_schema["required"] == ["name"]
    assert page.contract.implementation is None
    assert service_page(offers.alice, _id("greet")).contract.implementation is not None
    for name in ("secret", "hello"):
        with pytest.raises(NotFound):
            service_page(offers.charlie, _id(name))


def test_a_public_automation_of_another_organization_shows_nothing_of_its_steps(cast: Cast, tmp_path: Path) -> None:
    steps = [{"id": "hidden_step", "uses": "secret", "with": {"x": 4711}}]
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": steps}, options="public = true"))
    ((workflow,),) = execute("SELECT id FROM tropeiro_workflow WHERE name = 'hello'")
    charlie = cast.client(cast.charlie)
    for tab in ("", "/contract", "/test", "/versions", "/use", "/usage"):
        page = _text(charlie.get(f"/services/{_id('hello')}{tab}"))
        assert "hello" in page
        assert "hidden_step" not in page
        assert "4711" not in page
        assert str(workflow) not in page
    for tab in ("", "/flow", "/triggers", "/metrics", "/versions", "/file"):
        assert charlie.get(f"/workflows/{workflow}{tab}").status_code == 404


def test_revisions_are_compared_place_by_place(offers: Cast, tmp_path: Path) -> None:
    apply(offers.alice, write_project(tmp_path / "p", version=2, returns="int", body="1"))
    page = service_page(offers.alice, _id("greet"))
    assert [(one.version, one.newest) for one in page.revisions] == [(2, True), (1, True)]
    found = compare_revisions(offers.alice, page.id, page.revisions[1].id, page.revisions[0].id)
    assert ("/output/type", "string", "integer") in {(one.pointer, one.before, one.after) for one in found}
    shown = _text(offers.client(offers.alice).get(f"/services/{page.id}/versions?before=1.1&after=2.1"))
    assert "output/type" in shown
    assert offers.client(offers.alice).get(f"/services/{page.id}/versions?before=1.1&after=9.9").status_code == 404
    assert "implementation" not in {
        one.pointer.split("/")[1]
        for one in compare_revisions(offers.charlie, page.id, page.revisions[1].id, page.revisions[0].id)
    }


def test_who_uses_a_service_is_named_and_of_others_only_counted(offers: Cast) -> None:
    save_workflow(offers.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    save_workflow(offers.charlie, "theirs", json.dumps(call("acme/greetings/greet", name="x")))
    mine = use_of(offers.alice, _id("greet"))
    assert [one.name for one in mine.callers] == ["mine"]
    assert (mine.organizations, mine.workflows) == (1, 1)
    theirs = use_of(offers.charlie, _id("greet"))
    assert [one.name for one in theirs.callers] == ["theirs"]
    assert (theirs.organizations, theirs.workflows) == (0, 0)
    assert "theirs" not in _text(offers.client(offers.alice).get(f"/services/{_id('greet')}/use"))


def test_a_service_on_which_something_relies_is_not_removed_and_the_reasons_are_told(offers: Cast) -> None:
    save_workflow(offers.alice, "mine", json.dumps(call("greetings/greet", name="x")))
    save_workflow(offers.charlie, "theirs", json.dumps(call("acme/greetings/greet", name="x")))
    wanted = WantedTrigger(name="nightly", target="greetings/greet", inputs={"name": "x"}, cron="0 3 * * *")
    create_trigger(offers.alice, wanted)
    with pytest.raises(Conflict, match="mine calls it; the trigger nightly starts it; 1 workflow of other"):
        remove_service(offers.alice, _id("greet"))
    with pytest.raises(Conflict, match="greetings/hello calls it"):
        remove_service(offers.alice, _id("secret"))
    assert _acts() == []


def test_a_removed_service_is_found_no_more_and_comes_back(offers: Cast) -> None:
    client = offers.client(offers.alice)
    remove_service(offers.alice, _id("hello"))
    assert "hello" not in [row.name for row in search_services(offers.alice, Wanted(), sort=BY_NAME).rows]
    assert "hello" in _text(client.get("/services?tab=removed"))
    assert client.get(f"/services/{_id('hello')}/test").status_code == 404
    with pytest.raises(Conflict, match="removed already"):
        remove_service(offers.alice, _id("hello"))
    restore_service(offers.alice, _id("hello"))
    assert "hello" in [row.name for row in search_services(offers.alice, Wanted(), sort=BY_NAME).rows]
    with pytest.raises(Conflict, match="not removed"):
        restore_service(offers.alice, _id("hello"))
    assert [verb for verb, _name in _acts()] == ["service.remove", "service.restore"]


def test_who_may_not_changes_nothing(offers: Cast) -> None:
    for act in (remove_service, restore_service):
        with pytest.raises(Forbidden):
            act(offers.bob, _id("hello"))
        with pytest.raises(NotFound):
            act(offers.charlie, _id("greet"))
    with pytest.raises(Forbidden):
        tag_service(offers.bob, _id("hello"), ["x"])
    with pytest.raises(NotFound):
        tag_service(offers.charlie, _id("greet"), ["x"])
    assert execute("SELECT count(*) FROM tropeiro_service WHERE removed_at IS NOT NULL") == [(0,)]
    assert _acts() == []


def test_tags_are_given_where_code_does_not_say_them_and_outlive_the_next_apply(offers: Cast, tmp_path: Path) -> None:
    tag_service(offers.alice, _id("hello"), ["Sales ", "sales", " "])
    folder = write_project(tmp_path / "p", automations={"hello": call("secret", x=2)})
    apply(offers.alice, folder)
    assert service_page(offers.alice, _id("hello")).tags == ("sales",)
    with pytest.raises(Conflict, match="in its code"):
        tag_service(offers.alice, _id("greet"), ["x"])
    with pytest.raises(InvalidInput, match="cannot be a tag"):
        tag_service(offers.alice, _id("hello"), ["<b>"])
    with pytest.raises(InvalidInput, match="at most"):
        tag_service(offers.alice, _id("hello"), [f"t{n}" for n in range(20)])


def test_a_test_starts_an_ordinary_job_and_shows_what_came_of_it(offers: Cast) -> None:
    client = offers.client(offers.alice)
    address = f"/services/{_id('secret')}/test"
    wrong = client.post(address, {"in/x": "many"})
    assert wrong.status_code == 400
    assert "Write a whole number." in _text(wrong)
    assert 'value="many"' in _text(wrong)
    started = client.post(address, {"in/x": "3"})
    ((job, inputs),) = execute("SELECT id, inputs::text FROM tropeiro_job")
    assert started.headers["Location"] == f"{address}?version=1&job={job}"
    assert json.loads(inputs) == {"x": 3}
    page = _text(client.get(started.headers["Location"]))
    assert "queued" in page
    assert 'value="3"' in page
    assert f"/services/{_id('secret')}/test/{job}/events" in page
    assert offers.client(offers.bob).post(address, {"in/x": "3"}).status_code == 403
    assert offers.client(offers.charlie).post(address, {"in/x": "3"}).status_code == 404
    assert execute("SELECT count(*) FROM tropeiro_job") == [(1,)]


def test_a_step_is_ready_to_be_copied_with_what_the_service_needs(offers: Cast) -> None:
    page = _text(offers.client(offers.alice).get(f"/services/{_id('greet')}"))
    assert "&quot;uses&quot;: &quot;greetings/greet@1&quot;" in page
    assert "{{ inputs.name }}" in page
    other = _text(offers.client(offers.charlie).get(f"/services/{_id('greet')}"))
    assert "&quot;uses&quot;: &quot;acme/greetings/greet@1&quot;" in other


def test_the_list_is_ordered_by_what_it_shows_of_calls_and_goes_on_page_by_page(offers: Cast) -> None:
    numbers = {"greet": (10, 9, 30), "secret": (40, 10, 20)}
    for name, (calls, good, bucket) in numbers.items():
        for state, n in (("succeeded", good), ("failed", calls - good)):
            execute(
                "INSERT INTO tropeiro_rollup_call (grain, at, organization_id, service, version, state, calls, buckets,"
                " counts) SELECT g, date_trunc(g, now()), %s, 'acme/greetings/' || %s, '1', %s, %s,"
                " ARRAY[%s]::smallint[], ARRAY[%s]::bigint[] FROM unnest(ARRAY['hour', 'day']) g",
                [offers.alice.organization, name, state, n, bucket, n],
            )
    called = ["greet", "secret"]
    for column, first in (("-calls", "secret"), ("calls", "greet"), ("success", "secret"), ("-success", "greet")):
        found = [one.name for one in _sorted(offers, column) if one.name in called]
        assert found[0] == first, column
    assert [one.name for one in _sorted(offers, "-p95")][:2] == ["greet", "secret"]
    page = search_services(offers.alice, Wanted(), sort=Sort("calls", descending=True), limit=1)
    following = search_services(offers.alice, Wanted(), sort=Sort("calls", descending=True), after=page.next, limit=1)
    assert [one.name for one in (*page.rows, *following.rows)] == ["secret", "greet"]
    assert 'aria-sort="descending"' in _text(offers.client(offers.alice).get("/services?sort=-p95"))


def _sorted(offers: Cast, column: str) -> Any:
    sort = Sort(column.removeprefix("-"), column.startswith("-"))
    return search_services(offers.alice, Wanted(), sort=sort).rows


def test_the_list_is_a_file_for_spreadsheets_too(offers: Cast) -> None:
    response = offers.client(offers.alice).get("/services?format=csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "acme,greetings,greet,1" in _text(response)
