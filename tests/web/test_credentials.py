"""Credentials are written and never read back."""

from __future__ import annotations

from typing import Any

import pytest
from web_cast import Cast, execute

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.kernel.sealing import open_fields
from tropeiro.sql import statement
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import delete_credential, set_credential
from tropeiro.web.credentials.queries import list_credentials
from tropeiro.web.projects.actions import create_project

pytestmark = pytest.mark.django_db


def _as_a_worker_opens_it(cast: Cast, settings: Any, name: str, project: Any = None) -> dict[str, Any]:
    wanted = {"organization": cast.alice.organization, "project": project, "name": name}
    id_, organization, sealed, data_key = execute(statement("store", "credential"), wanted)[0]
    return open_fields(settings.TROPEIRO.master_keys, bytes(data_key), bytes(sealed), organization, id_)


def test_a_worker_opens_what_a_member_set(cast: Cast, web_settings: Any) -> None:
    set_credential(cast.alice, "api", "token", {"secret": "s3cret"})
    assert _as_a_worker_opens_it(cast, web_settings, "api") == {"secret": "s3cret"}


def test_setting_again_replaces_all_fields(cast: Cast, web_settings: Any) -> None:
    first = set_credential(cast.alice, "api", "token", {"secret": "old", "user": "u"})
    assert set_credential(cast.alice, "api", "token", {"secret": "new"}) == first
    assert _as_a_worker_opens_it(cast, web_settings, "api") == {"secret": "new"}


def test_a_projects_credential_goes_before_the_organizations(cast: Cast, web_settings: Any) -> None:
    project = create_project(cast.alice, "p")
    set_credential(cast.alice, "api", "token", {"secret": "organization"})
    set_credential(cast.alice, "api", "token", {"secret": "project"}, project="p")
    assert _as_a_worker_opens_it(cast, web_settings, "api", project) == {"secret": "project"}
    assert _as_a_worker_opens_it(cast, web_settings, "api") == {"secret": "organization"}


def test_lists_and_the_audit_log_hold_names_and_never_values(cast: Cast) -> None:
    set_credential(cast.alice, "api", "token", {"secret": "s3cret"})
    rows = list_credentials(cast.bob)
    assert [(row.name, row.kind, row.fields) for row in rows] == [("api", "token", ["secret"])]
    assert "s3cret" not in repr(rows) + repr(recent_acts(cast.alice))
    stored = execute("SELECT encode(sealed, 'escape') FROM tropeiro_credential")
    assert "s3cret" not in repr(stored)


def test_a_deleted_credential_is_gone_and_an_outsider_cannot_delete_one(cast: Cast) -> None:
    set_credential(cast.alice, "api", "token", {"secret": "s3cret"})
    with pytest.raises(NotFound):
        delete_credential(cast.charlie, "api")
    assert list_credentials(cast.alice)
    delete_credential(cast.alice, "api")
    assert list_credentials(cast.alice) == ()


@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [("Bad Name", "token", {"a": 1}), ("a", "", {"a": 1}), ("a", "token", {}), ("a", "token", {"a": "x" * 70_000})],
)
def test_what_cannot_be_a_credential_is_refused(cast: Cast, name: str, kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        set_credential(cast.alice, name, kind, fields)
