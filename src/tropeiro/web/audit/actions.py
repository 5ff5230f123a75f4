"""Writing the audit log, in the transaction of what it tells."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.ids import uuid7
from tropeiro.web.member import Member
from tropeiro.web.permissions import OperatorVerb, Verb
from tropeiro.web.prepared import prepared_cursor


def record(
    member: Member,
    verb: Verb | OperatorVerb,
    object_type: str,
    object_id: UUID | str | int,
    name: str = "",
    **details: Any,
) -> None:
    """Note that ``member`` did ``verb`` to an object. ``details`` are plain JSON and hold no secrets."""
    if member.token:
        details["token"] = member.token
    # SQL by hand, because every start of a job comes by here.
    with prepared_cursor() as cursor:
        cursor.execute(
            "INSERT INTO tropeiro_audit (id, organization_id, actor_id, actor, verb, object_type, object_id,"
            " object_name, details, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())",
            [
                uuid7(), member.organization, member.user, member.label, str(verb), object_type, str(object_id),
                name[:300], msgspec.json.encode(details).decode(),
            ],
        )  # fmt: skip
