"""The pages of credentials: what is typed there is stored, and comes back in no page, message or record."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_cast import Cast, execute

from tropeiro.kernel.sealing import open_fields
from tropeiro.services.core.credentials import read_secrets
from tropeiro.sql import statement
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.credentials.queries import list_credentials
from tropeiro.web.projects.actions import create_project
from tropeiro.web.screens.credentials.kinds import FORMS
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

SECRET = "s3cret-that-nobody-reads"
KEY = {"type": "service_account", "client_email": "a@example.org", "private_key": SECRET, "token_uri": "https://x"}
SENT: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "bearer": ({"field-token": SECRET}, {"type": "bearer", "token": SECRET}),
    "basic": (
        {"field-username": "ana", "field-password": f" {SECRET} "},
        {"type": "basic", "username": "ana", "password": f" {SECRET} "},
    ),
    "header": (
        {"field-name": "X-Api-Key", "field-value": SECRET},
        {"type": "header", "name": "X-Api-Key", "value": SECRET},
    ),
    "query": ({"field-name": "key", "field-value": SECRET}, {"type": "query", "name": "key", "value": SECRET}),
    "notify": ({"field-urls": f"json://{SECRET}\n"}, {"urls": f"json://{SECRET}"}),
    "google": ({"field-key": json.dumps(KEY)}, KEY),
    "signing": ({"field-secret": SECRET}, {"secret": SECRET}),
    "other": (
        {"kind": "warehouse", "name-0": "url", "value-0": "https://x", "name-2": "token", "value-2": SECRET},
        {"url": "https://x", "token": SECRET},
    ),
}


def _text(response: Any) -> str:
    return str(response.content.decode())


def _stored(cast: Cast, settings: Any, name: str = "api") -> dict[str, Any]:
    wanted = {"organization": cast.alice.organization, "project": None, "name": name}
    id_, organization, sealed, data_key = execute(statement("store", "credential"), wanted)[0]
    return open_fields(settings.TROPEIRO.master_keys, bytes(data_key), bytes(sealed), organization, id_)


def test_every_form_is_tried_here() -> None:
    assert set(SENT) == set(FORMS)


@pytest.mark.parametrize("form", SENT)
def test_what_a_form_sends_is_stored_and_comes_back_nowhere(
    cast: Cast, web_settings: Any, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = cast.client(cast.alice)
    typed, fields = SENT[form]
    assert client.get(f"/credentials/new?form={form}").status_code == 200
    with caplog.at_level(logging.DEBUG):
        stored = client.post("/credentials/new", {"form": form, "name": "api", **typed}, follow=True)
    assert stored.redirect_chain
    assert _stored(cast, web_settings) == fields
    (row,) = list_credentials(cast.bob)
    pages = [stored, *(client.get(f"/credentials{path}") for path in ("", f"/{row.id}", f"/{row.id}/replace"))]
    assert SECRET not in "".join(_text(page) for page in pages)
    assert SECRET not in _text(client.get("/credentials?format=csv"))
    assert SECRET not in repr(recent_acts(cast.alice)) + caplog.text
    assert "alice@example.org" in _text(pages[1])


@pytest.mark.parametrize("form", ["bearer", "basic", "header", "query"])
def test_what_the_forms_for_http_store_is_what_core_http_reads(cast: Cast, web_settings: Any, form: str) -> None:
    cast.client(cast.alice).post("/credentials/new", {"form": form, "name": "api", **SENT[form][0]})
    assert read_secrets(_stored(cast, web_settings)) != read_secrets(None)


@pytest.mark.parametrize(
    ("form", "typed", "said"),
    [
        ("bearer", {"field-token": ""}, "Fill this in."),
        ("bearer", {"name": "Bad Name", "field-token": SECRET}, "cannot be the name"),
        ("header", {"field-name": "", "field-value": SECRET}, "Fill this in."),
        ("google", {"field-key": f'{{"private_key": "{SECRET}"'}, "not JSON"),
        ("google", {"field-key": json.dumps({"private_key": SECRET})}, "client_email"),
        ("other", {"kind": "x", "name-0": "", "value-0": SECRET}, "has no name"),
        ("other", {"kind": "x", "name-0": "a", "value-0": SECRET, "name-1": "a", "value-1": "b"}, "twice"),
        ("other", {"kind": "Bad Kind", "name-0": "a", "value-0": SECRET}, "cannot be the name"),
        ("other", {"kind": "x"}, "one field at least"),
        ("bearer", {"project": "nowhere", "field-token": SECRET}, "no project"),
    ],
)
def test_what_cannot_be_stored_is_said_at_its_field_without_the_secret(
    cast: Cast, form: str, typed: dict[str, str], said: str
) -> None:
    refused = cast.client(cast.alice).post("/credentials/new", {"form": form, "name": "api", **typed})
    assert refused.status_code == 400
    assert said in _text(refused)
    assert SECRET not in _text(refused)
    assert list_credentials(cast.alice) == ()


def test_a_name_that_is_taken_is_not_replaced_by_accident(cast: Cast, web_settings: Any) -> None:
    set_credential(cast.alice, "api", "http", {"type": "bearer", "token": "first"})
    sent = {"form": "bearer", "name": "api", "field-token": SECRET}
    assert cast.client(cast.alice).post("/credentials/new", sent).status_code == 400
    assert _stored(cast, web_settings)["token"] == "first"
    (row,) = list_credentials(cast.alice)
    client = cast.client(cast.alice)
    assert client.post(f"/credentials/{row.id}/replace", sent).headers["Location"] == f"/credentials/{row.id}"
    assert _stored(cast, web_settings)["token"] == SECRET
    assert cast.client(cast.bob).post(f"/credentials/{row.id}/replace", sent).status_code == 403


def test_one_that_is_used_says_by_whom_and_is_not_deleted(cast: Cast) -> None:
    id_ = set_credential(cast.alice, "api", "http", {"token": SECRET})
    step = {"id": "a", "uses": "core/http@1", "with": {"method": "GET", "url": "https://x"}, "credential": "api"}
    save_workflow(cast.alice, "caller", json.dumps([step]))
    client = cast.client(cast.alice)
    page = _text(client.get(f"/credentials/{id_}"))
    assert "It cannot be deleted" in page
    assert "caller" in page
    assert "is used: caller" in _text(client.post(f"/credentials/{id_}/delete", follow=True))
    save_workflow(cast.alice, "caller", json.dumps([{**step, "credential": "other"}]))
    assert "was deleted" in _text(client.post(f"/credentials/{id_}/delete", follow=True))
    assert list_credentials(cast.alice) == ()


def test_the_list_is_searched_and_filtered_with_the_same_number_of_queries(cast: Cast) -> None:
    create_project(cast.alice, "billing")
    set_credential(cast.alice, "mailbox", "http", {"token": SECRET})
    client = cast.client(cast.bob)
    client.get("/credentials")
    with CaptureQueriesContext(connection) as one:
        client.get("/credentials")
    for number in range(6):
        set_credential(cast.alice, f"c{number}", "warehouse", {"token": SECRET}, project="billing")
    with CaptureQueriesContext(connection) as many:
        page = client.get("/credentials")
    assert len(many) == len(one)
    assert _text(page).count('class="cover"') == 7
    for query, count in (("q=mail", 1), ("project=billing", 6), ("project=-", 1), ("kind=warehouse", 6), ("q=zzz", 0)):
        assert _text(client.get(f"/credentials?{query}")).count('class="cover"') == count, query
