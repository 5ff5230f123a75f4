"""Writing the rows of a new job, in the caller's transaction; its large values go to the blob store first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.packet import Result
from tropeiro.kernel.start import Start, ready_inputs, start_row
from tropeiro.sql import statement
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.member import Member
from tropeiro.web.place import refuse_archived, refuse_suspended
from tropeiro.web.prepared import prepared_cursor
from tropeiro.web.workflows.runnable import Runnable


def write_job(
    member: Member,
    runnable: Runnable,
    inputs: Any,
    *,
    trigger: str,
    id: UUID | None = None,  # noqa: A002 - the word that callers use
    mock: bool = False,
    timeout_ms: int | None = None,
    priority: int = 0,
    rerun_of: UUID | None = None,
    memo: dict[str, Result] | None = None,
    trigger_id: UUID | None = None,
) -> UUID:
    """The id of the new job.

    Raises `InvalidInput`, `SchemaMismatch` and `PacketTooLarge`, all for the inputs, `ProjectArchived` and
    `OrganizationSuspended`.
    """
    refuse_suspended(member)
    refuse_archived(member, [runnable.project], runnable.called)
    start = Start(
        id=uuid7() if id is None else id,
        organization=member.organization,
        project=runnable.project,
        name=runnable.label,
        route=runnable.route,
        inputs=ready_inputs(runnable.route.workflow, inputs),
        workflow_version=runnable.workflow_version,
        service_version=runnable.service_version,
        trigger=trigger,
        trigger_id=trigger_id,
        priority=priority,
        mock=mock,
        timeout_ms=timeout_ms,
        rerun_of=rerun_of,
        started_by=member.user,
        memo=memo or {},
    )
    row, blobs = start_row(start)
    store_blobs(blobs)
    with prepared_cursor() as cursor:
        cursor.execute(statement("store", "start"), {"jobs": msgspec.json.encode([row]).decode()})
    return start.id


def store_blobs(blobs: dict[str, bytes]) -> None:
    """Store values that are too large to travel, before anything names them."""
    if blobs:
        store = FsspecBlobs(settings.TROPEIRO.blobs)
        for name, data in blobs.items():
            store.write(name, data)
