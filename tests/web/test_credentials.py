"""Credentials are written and never read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.kernel.sealing import open_fields
from tropeiro.sql import statement
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import (
    create_credential,
    delete_credential,
    replace_credential,
    set_credential,
)
from tropeiro.web.credentials.queries import list_credentials
from tropeiro.web.credentials.uses import uses_of
from tropeiro.web.projects.actions import apply, create_project
from tropeiro.web.projects.folder import read_folder
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.actions import save_workflow

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


STEP = {"id": "a", "uses": "core/http@1", "with": {"method": "GET", "url": "https://example.org"}, "credential": "api"}


def _uses(cast: Cast, credential: Any) -> list[str]:
    with tenant(cast.alice.organization):
        return [use.place for use in uses_of(cast.alice, [credential]).get(credential, ())]


def test_a_credential_that_a_workflow_names_is_not_deleted_and_says_who(cast: Cast) -> None:
    id_ = set_credential(cast.alice, "api", "http", {"token": "s3cret"})
    inside = [{"id": "g", "foreach": "{{ [1] }}", "steps": [STEP]}]
    save_workflow(cast.alice, "nested", json.dumps(inside))
    save_workflow(cast.alice, "data", json.dumps([{"id": "a", "uses": "core/set@1", "with": {"credential": "api"}}]))
    assert _uses(cast, id_) == ["nested"]
    with pytest.raises(Conflict) as refused:
        delete_credential(cast.alice, "api")
    assert "nested" in refused.value.message
    assert list_credentials(cast.alice)
    save_workflow(cast.alice, "nested", json.dumps([{**STEP, "credential": "other"}]))
    assert _uses(cast, id_) == []
    delete_credential(cast.alice, "api")


def test_a_projects_own_credential_is_the_one_that_its_workflows_use(cast: Cast) -> None:
    create_project(cast.alice, "p")
    create_project(cast.alice, "q")
    shared = set_credential(cast.alice, "api", "http", {"token": "s3cret"})
    own = set_credential(cast.alice, "api", "http", {"token": "s3cret"}, project="p")
    for project in ("p", "q"):
        save_workflow(cast.alice, "w", json.dumps([STEP]), project=project)
    assert (_uses(cast, own), _uses(cast, shared)) == (["p/w"], ["q/w"])
    # Without it, its workflow finds the organization's.
    delete_credential(cast.alice, "api", project="p")
    assert _uses(cast, shared) == ["p/w", "q/w"]


def test_a_service_that_signs_with_a_credential_uses_it(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "project.toml").write_text(
        '[project]\nname = "signed"\n[[services]]\nname = "order"\nkind = "http"\nurl = "https://example.org/o"\n'
        'signing_credential = "hook"\n'
    )
    apply(cast.alice, read_folder(tmp_path / "p"))
    id_ = set_credential(cast.alice, "hook", "signing", {"secret": "s3cret"}, project="signed")
    assert _uses(cast, id_) == ["signed/order"]
    with pytest.raises(Conflict):
        delete_credential(cast.alice, "hook", project="signed")


def test_a_name_is_created_once_and_replaced_by_its_id(cast: Cast, web_settings: Any) -> None:
    id_ = create_credential(cast.alice, "api", "token", {"secret": "one"})
    with pytest.raises(Conflict):
        create_credential(cast.alice, "api", "token", {"secret": "two"})
    assert _as_a_worker_opens_it(cast, web_settings, "api") == {"secret": "one"}
    with pytest.raises(NotFound):
        replace_credential(cast.charlie, id_, "token", {"secret": "theirs"})
    with pytest.raises(Forbidden):
        replace_credential(cast.bob, id_, "token", {"secret": "theirs"})
    replace_credential(cast.alice, id_, "other", {"secret": "three"})
    assert _as_a_worker_opens_it(cast, web_settings, "api") == {"secret": "three"}
    (row,) = list_credentials(cast.alice)
    assert (row.kind, row.updated_by) == ("other", "alice@example.org")
