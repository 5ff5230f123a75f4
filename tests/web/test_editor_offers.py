"""The service picker: what a workflow may call is offered, what it may not is not, and why is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from project_folder import write_project
from web_cast import Cast, execute

from tropeiro.kernel.filters import FILTERS
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.place import Place, place
from tropeiro.web.projects.actions import apply, archive_project
from tropeiro.web.screens.editor.offers import returns_words
from tropeiro.web.screens.schema_form.as_json import shape_json
from tropeiro.web.services.offers import search_offers
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.drafts import begin_draft

pytestmark = pytest.mark.django_db

SERVICES = '''
from dataclasses import dataclass

from tropeiro.sdk import service


@dataclass
class Invoice:
    number: str
    due_on: str


@dataclass
class Invoices:
    invoices: list[Invoice]


@service(public={public}, version=2, title="All invoices", tags=("billing",), credential="bearer")
def invoices(month: str) -> Invoices:
    """What was billed in a month."""
    return Invoices([])


@service
def hidden(x: int) -> int:
    return x
'''


@pytest.fixture
def billing(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "b", name="billing", services=SERVICES.format(public=True)))


def _here(member: Any, project: str | None) -> Place:
    with tenant(member.organization):
        return place(member, project)


def _uses(member: Any, project: str | None = None, **wanted: Any) -> list[str]:
    return [one.uses for one in search_offers(member, _here(member, project), **wanted).rows]


def test_what_may_be_called_is_offered_under_the_name_that_a_step_gives_it(cast: Cast, billing: None) -> None:
    assert "core/set@1" in _uses(cast.alice)
    assert _uses(cast.alice, text="invoices") == ["billing/invoices@2"]
    assert _uses(cast.charlie, text="invoices") == ["acme/billing/invoices@2"]
    assert _uses(cast.alice, text="hidden") == []
    assert _uses(cast.alice, "billing", text="hidden") == ["billing/hidden@1"]
    assert _uses(cast.charlie, text="hidden") == []


@pytest.mark.parametrize("text", ["Invoic", "all inv", "BILLING", "due_on", "billed in a month", "billing/inv"])
def test_the_picker_finds_by_name_title_tag_description_and_by_what_is_returned(
    cast: Cast, billing: None, text: str
) -> None:
    assert _uses(cast.alice, text=text) == ["billing/invoices@2"]


@pytest.mark.parametrize("text", ["properties", "%", "_x_", "' OR 1=1 --", "x" * 500])
def test_what_only_a_schema_says_or_nothing_says_finds_nothing(cast: Cast, billing: None, text: str) -> None:
    assert "billing/invoices@2" not in _uses(cast.alice, text=text)


def test_own_things_stand_before_others_and_names_before_descriptions(cast: Cast, billing: None) -> None:
    own = [one.origin for one in search_offers(cast.alice, _here(cast.alice, "billing")).rows]
    assert own[:2] == ["project", "project"]
    assert set(own[2:]) == {"core"}
    found = _uses(cast.alice, text="set")
    assert found[0] == "core/set@1"


def test_automations_are_offered_like_services_and_can_be_asked_for_alone(cast: Cast, tmp_path: Path) -> None:
    steps = [{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]
    apply(
        cast.alice,
        write_project(tmp_path / "p", automations={"report": steps}, options="public = true"),
    )
    assert _uses(cast.alice, kind="automation") == ["greetings/report@1"]
    assert "greetings/report@1" not in _uses(cast.alice, kind="service")
    assert "greetings/greet@1" in _uses(cast.alice, kind="service")


def test_the_pages_of_the_picker_have_every_offer_once(cast: Cast, billing: None) -> None:
    here = _here(cast.alice, None)
    every = [one.uses for one in search_offers(cast.alice, here, limit=500).rows]
    seen: list[str] = []
    after = ""
    while True:
        page = search_offers(cast.alice, here, limit=7, after=after)
        seen += [one.uses for one in page.rows]
        after = page.next
        if not after:
            break
    assert seen == every
    assert len(set(seen)) == len(seen) > 10


def test_a_page_of_the_picker_takes_the_same_few_queries_however_long(cast: Cast, billing: None) -> None:
    draft = begin_draft(cast.alice, "w", None, "[]")
    client = cast.client(cast.alice)
    client.get(f"/workflows/{draft}/draft/services")
    with CaptureQueriesContext(connection) as all_of_them:
        assert len(client.get(f"/workflows/{draft}/draft/services").json()["items"]) > 10
    with CaptureQueriesContext(connection) as one:
        assert len(client.get(f"/workflows/{draft}/draft/services?q=due_on").json()["items"]) == 1
    assert len(all_of_them) == len(one) <= 14


def test_what_is_archived_or_shadowed_is_offered_as_it_can_be_called(cast: Cast, billing: None, tmp_path: Path) -> None:
    own_core = "from tropeiro.sdk import service\n\n\n@service(public=True)\ndef set(x: int) -> int:\n    return x\n"
    apply(cast.alice, write_project(tmp_path / "core", name="core", services=own_core))
    assert {"core/set@1", "house/core/set@1"} <= set(_uses(cast.alice, text="set"))
    archive_project(cast.alice, "billing")
    assert _uses(cast.alice, text="invoices") == []


def _service(cast: Cast, member: Any, draft: UUID, uses: str) -> Any:
    return cast.client(member).get(f"/workflows/{draft}/draft/service", {"uses": uses})


def test_a_service_comes_with_its_form_and_the_credentials_that_fit(cast: Cast, billing: None) -> None:
    set_credential(cast.alice, "books", "bearer", {"token": "s3cret-token"})
    set_credential(cast.alice, "mail", "smtp", {"host": "x"})
    draft = begin_draft(cast.alice, "w", None, "[]")
    found = _service(cast, cast.alice, draft, "billing/invoices")
    body = found.json()
    assert body["uses"] == "billing/invoices@2"
    assert body["credential"] == {"kind": "bearer", "names": ["books", "mail"]}
    assert body["shape"]["fields"]["month"]["kind"] == "text"
    assert body["shape"]["fields"]["month"]["required"] is True
    assert body["returns"] == "invoices"
    assert (body["newer"], body["kind"], body["origin"], body["publisher"]) == (None, "service", "organization", "Acme")
    assert "s3cret" not in found.content.decode()


@pytest.mark.parametrize(
    ("uses", "code", "said"),
    [
        ("billing/hidden", "private_service", "private to project billing"),
        ("billing/nothing", "no_such_service", "There is no service"),
        ("billing/invoices@9", "no_such_version", "Its versions: 2."),
        ("rivals/secret/plan", "no_such_service", "There is no service"),
        ("hidden", "no_project", "the workflow is in no project"),
    ],
)
def test_why_something_may_not_be_called_is_said(cast: Cast, billing: None, uses: str, code: str, said: str) -> None:
    draft = begin_draft(cast.alice, "w", None, "[]")
    refused = _service(cast, cast.alice, draft, uses)
    assert (refused.status_code, refused.json()["code"]) == (404, code)
    assert said in refused.json()["detail"] + refused.json().get("hint", "")


def test_another_organizations_private_service_looks_like_none(cast: Cast, billing: None) -> None:
    draft = begin_draft(cast.charlie, "w", None, "[]")
    private, none = (_service(cast, cast.charlie, draft, f"acme/billing/{name}") for name in ("hidden", "nothing"))
    assert private.content.decode().replace("hidden", "nothing") == none.content.decode()


def test_a_schema_with_the_character_nul_does_not_spoil_the_search(cast: Cast, billing: None) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE tropeiro_service_version DISABLE TRIGGER tropeiro_service_version_immutable")
    execute(
        "UPDATE tropeiro_service_version SET output_schema = %s WHERE service_id = (SELECT id FROM tropeiro_service"
        " WHERE name = 'invoices')",
        ['{"title": "zebra", "default": "\\u0000"}'],
    )
    assert _uses(cast.alice, text="zebra") == []


def test_a_shape_has_every_kind_of_field_and_ends(cast: Cast) -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "title": "A", "description": "first", "default": "x", "maxLength": 9},
            "b": {"enum": ["one", "two"]},
            "c": {"type": ["integer", "null"]},
            "d": {"type": "array", "items": {"$ref": "#"}},
            "e": {"oneOf": [{"title": "Text", "type": "string"}, {"title": "Number", "type": "number"}]},
        },
    }
    shape = shape_json(schema)
    fields = shape["fields"]
    assert {name: one["kind"] for name, one in fields.items()} == {
        "a": "text", "b": "choice", "c": "integer", "d": "list", "e": "variants",
    }  # fmt: skip
    assert (fields["a"]["default"], fields["a"]["help"], fields["a"]["rule"]["maxLength"]) == ("x", "first", 9)
    assert fields["b"]["options"] == [{"label": "one", "value": "one"}, {"label": "two", "value": "two"}]
    assert (fields["c"]["nullable"], fields["a"]["required"], fields["b"]["required"]) == (True, True, False)
    assert [one["label"] for one in fields["e"]["variants"]] == ["Text", "Number"]
    deep, levels = shape, 0
    while deep["kind"] != "json":
        deep, levels = (deep["fields"]["d"] if deep["kind"] == "object" else deep["item"]), levels + 1
    assert levels == 8
    assert shape_json(None)["kind"] == "json"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "object", "properties": {name: {} for name in "abcdef"}}, "a, b, c, d …"),
        ({"type": "array", "items": {"type": "object", "properties": {"x": {}}}}, "list of: x"),
        ({"type": "string"}, "text"),
        (None, ""),
        (True, ""),
        ({"$ref": "#"}, ""),
    ],
)
def test_what_is_returned_in_a_few_words(schema: Any, words: str) -> None:
    assert returns_words(schema) == words


def test_the_form_of_a_tests_inputs_is_made_by_the_same_code_as_all_forms(cast: Cast) -> None:
    draft = begin_draft(cast.alice, "d", None, "[]")
    schema = {"type": "object", "required": ["day"], "properties": {"day": {"type": "string", "format": "date"}}}
    answer = cast.client(cast.alice).post(
        f"/workflows/{draft}/draft/shape", {"schema": schema}, content_type="application/json"
    )
    assert answer.status_code == 200
    assert answer.json()["shape"] == shape_json(schema)
    assert answer.json()["shape"]["fields"]["day"]["kind"] == "date"


def test_the_editor_begins_with_every_filter_as_the_compiler_knows_it(cast: Cast) -> None:
    draft = begin_draft(cast.alice, "d", None, "[]")
    page = cast.client(cast.alice).get(f"/workflows/{draft}/edit")
    filters = page.context["start"]["filters"]
    assert {one["name"] for one in filters} == set(FILTERS)
    assert all(one["signature"].startswith(one["name"]) and one["summary"] for one in filters)
