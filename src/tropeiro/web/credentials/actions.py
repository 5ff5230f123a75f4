"""What is done to credentials: they are set and deleted. Nobody reads one back."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.sealing import seal_fields
from tropeiro.web.audit.actions import record
from tropeiro.web.credentials.access import credential_id, credential_key
from tropeiro.web.credentials.models import Credential
from tropeiro.web.credentials.uses import has_stand_in, said, uses_of
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place, place_to_change
from tropeiro.web.tenancy import tenant

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
MAX_BYTES = 64 * 1024
MAX_FIELDS = 50


def set_credential(member: Member, name: str, kind: str, fields: dict[str, Any], project: str | None = None) -> UUID:
    """Store a secret under ``name``, in the place of one that is there. ``fields`` are plain JSON values by name.

    Raises `Forbidden`, `NotFound` (the project), `ProjectArchived`, `InvalidInput`.
    """
    member.require(Verb.SET_CREDENTIAL)
    _check(name, kind, fields)
    with tenant(member.organization):
        home = place_to_change(member, project).project_id
        known = Credential.objects.select_for_update().filter(
            organization_id=member.organization, project_id=home, name=name
        )
        id_: UUID | None = known.values_list("id", flat=True).first()
        return _store(member, id_, name, kind, fields, project, home)


def create_credential(member: Member, name: str, kind: str, fields: dict[str, Any], project: str | None = None) -> UUID:
    """Store a secret under a new name. Raises what setting raises, and `Conflict` when the name is taken."""
    member.require(Verb.SET_CREDENTIAL)
    _check(name, kind, fields)
    with tenant(member.organization):
        home = place_to_change(member, project).project_id
        if Credential.objects.filter(organization_id=member.organization, project_id=home, name=name).exists():
            raise Conflict(
                _("There is a credential `%(name)s` here already.") % {"name": name},
                hint=_("Choose another name, or replace that one."),
                details={"field": "name"},
            )
        return _store(member, None, name, kind, fields, project, home)


def replace_credential(member: Member, credential: UUID, kind: str, fields: dict[str, Any]) -> None:
    """Put other fields in the place of those that a credential has; its name and place stay.

    Raises `Forbidden`, `NotFound`, `ProjectArchived`, `InvalidInput`.
    """
    member.require(Verb.SET_CREDENTIAL)
    with tenant(member.organization):
        key = credential_key(member, credential, lock=True)
        home = place_to_change(member, key.project_slug).project_id
        _check(key.name, kind, fields)
        _store(member, key.id, key.name, kind, fields, key.project_slug, home)


def delete_credential(member: Member, name: str, project: str | None = None) -> None:
    """Forget a secret. Raises `Forbidden`, `NotFound`, and `Conflict` while something names it.

    What names a project's credential finds the organization's of the same name instead, when there is one.
    """
    member.require(Verb.DELETE_CREDENTIAL)
    with tenant(member.organization):
        id_ = credential_id(member, name, place(member, project).project_id)
        key = credential_key(member, id_, lock=True)
        uses = uses_of(member, [id_]).get(id_, ())
        if uses and not has_stand_in(member, key):
            raise Conflict(
                _("The credential %(name)s is used: %(uses)s.") % {"name": name, "uses": said(uses)},
                hint=_("Save those without it first; a secret that leaked can be replaced at any time."),
            )
        Credential.objects.filter(id=id_).delete()
        record(member, Verb.DELETE_CREDENTIAL, "credential", id_, name, project=project)


def forget_credentials(member: Member, project: UUID) -> None:
    """Forget the secrets of a project that is deleted. Called inside that action."""
    Credential.objects.filter(organization_id=member.organization, project_id=project).delete()


def _store(
    member: Member, id_: UUID | None, name: str, kind: str, fields: dict[str, Any], project: str | None, home: Any
) -> UUID:
    """Write the row, the one with this id when it is given."""
    new = id_ or uuid7()
    sealed = seal_fields(settings.TROPEIRO.master_keys, _data_key(), fields, member.organization, new)
    written = {"kind": kind, "fields": sorted(fields), "sealed": sealed, "updated_by": member.label}
    if id_ is None:
        Credential.objects.create(id=new, organization_id=member.organization, project_id=home, name=name, **written)
    else:
        Credential.objects.filter(id=id_).update(**written, updated_at=timezone.now())
    record(member, Verb.SET_CREDENTIAL, "credential", new, name, project=project, kind=kind, fields=sorted(fields))
    return new


def _check(name: str, kind: str, fields: dict[str, Any]) -> None:
    for field, text in (("name", name), ("kind", kind)):
        if not _NAME.fullmatch(text):
            raise InvalidInput(
                _("`%(text)s` cannot be the name of a credential or of its kind.") % {"text": text[:64]},
                hint=_("Start with a small letter; then at most 63 small letters, digits, hyphens and underscores."),
                details={"field": field},
            )
    if not 0 < len(fields) <= MAX_FIELDS or not all(
        isinstance(field, str) and 0 < len(field) <= 64 for field in fields
    ):
        raise InvalidInput(
            _("A credential has one to %(most)s fields, and each has a name of at most 64 characters.")
            % {"most": MAX_FIELDS},
            details={"field": "fields"},
        )
    if len(msgspec.json.encode(fields)) > MAX_BYTES:
        raise InvalidInput(
            _("The credential's fields take more than %(size)s KB.") % {"size": MAX_BYTES // 1024},
            details={"field": "fields"},
        )


def _data_key() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tropeiro_data_key()")
        return bytes(cursor.fetchone()[0])
