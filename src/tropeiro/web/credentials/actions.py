"""What is done to credentials: they are set and deleted. Nobody reads one back."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.sealing import seal_fields
from tropeiro.web.audit.actions import record
from tropeiro.web.credentials.access import credential_id
from tropeiro.web.credentials.models import Credential
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place
from tropeiro.web.tenancy import tenant

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
MAX_BYTES = 64 * 1024


def set_credential(member: Member, name: str, kind: str, fields: dict[str, Any], project: str | None = None) -> UUID:
    """Store a secret under ``name``, in the place of one that is there. ``fields`` are plain JSON values by name.

    Raises `Forbidden`, `NotFound` (the project), `InvalidInput`.
    """
    member.require(Verb.SET_CREDENTIAL)
    _check(name, kind, fields)
    with tenant(member.organization):
        home = place(member, project).project_id
        known = Credential.objects.select_for_update().filter(
            organization_id=member.organization, project_id=home, name=name
        )
        id_ = known.values_list("id", flat=True).first() or uuid7()
        sealed = seal_fields(settings.TROPEIRO.master_keys, _data_key(), fields, member.organization, id_)
        written = {"kind": kind, "fields": sorted(fields), "sealed": sealed}
        if not known.update(**written, updated_at=timezone.now()):
            Credential.objects.create(
                id=id_, organization_id=member.organization, project_id=home, name=name, **written
            )
        record(member, Verb.SET_CREDENTIAL, "credential", id_, name, project=project, kind=kind, fields=sorted(fields))
        return id_


def delete_credential(member: Member, name: str, project: str | None = None) -> None:
    """Forget a secret. Steps that name it fail from now on. Raises `Forbidden`, `NotFound`."""
    member.require(Verb.DELETE_CREDENTIAL)
    with tenant(member.organization):
        home = place(member, project).project_id
        id_ = credential_id(member, name, home)
        Credential.objects.filter(id=id_).delete()
        record(member, Verb.DELETE_CREDENTIAL, "credential", id_, name, project=project)


def _check(name: str, kind: str, fields: dict[str, Any]) -> None:
    for what, text in (("name", name), ("kind", kind)):
        if not _NAME.fullmatch(text):
            raise InvalidInput(
                f"`{text[:64]}` cannot be a credential's {what}.",
                hint="Start with a small letter; then at most 63 small letters, digits, hyphens and underscores.",
            )
    if not fields or not all(isinstance(field, str) and 0 < len(field) <= 64 for field in fields):
        raise InvalidInput("A credential has at least one field, and each has a name of at most 64 characters.")
    if len(msgspec.json.encode(fields)) > MAX_BYTES:
        raise InvalidInput(f"The credential's fields take more than {MAX_BYTES // 1024} KB.")


def _data_key() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tropeiro_data_key()")
        return bytes(cursor.fetchone()[0])
