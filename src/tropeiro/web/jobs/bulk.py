"""Doing one thing to many jobs: what was chosen is written down first, and then done job by job.

The rows are the truth: whoever works (`work`) takes the next job without outcome, acts and writes the outcome in one
transaction. So an act on many jobs survives its page and its process, is done to each job once, and can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound, TropeiroError
from tropeiro.kernel.ids import uuid7
from tropeiro.web.accounts.access import member as member_door
from tropeiro.web.audit.actions import record
from tropeiro.web.jobs import actions
from tropeiro.web.jobs.search import MOST_ACTED_ON
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

KEPT_DAYS = 30


class Act(StrEnum):
    """What can be done to many jobs."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    RERUN = "rerun"


VERBS = {
    Act.CANCEL: Verb.CANCEL_JOB,
    Act.PAUSE: Verb.PAUSE_JOB,
    Act.RESUME: Verb.RESUME_JOB,
    Act.RETRY: Verb.RETRY_JOB,
    Act.RERUN: Verb.RERUN_JOB,
}

# Of each act under way the next job, whoever waited behind the fewest first; what another worker holds is passed by.
_NEXT = """
SELECT b.id, i.n, i.job_id, b.act, b.version, b.language, b.started_by_id, o.slug, b.organization_id
FROM tropeiro_bulk b JOIN tropeiro_organization o ON o.id = b.organization_id
CROSS JOIN LATERAL (
    SELECT t.n, t.job_id FROM tropeiro_bulk_item t
    WHERE t.bulk_id = b.id AND t.outcome IS NULL ORDER BY t.n LIMIT 1 FOR UPDATE SKIP LOCKED) i
WHERE b.state = 'running' ORDER BY i.n, b.id LIMIT 1
"""


def begin(
    member: Member,
    act: Act,
    jobs: Sequence[tuple[UUID, str]],
    *,
    version: Literal["same", "newest"] = "same",
    chosen: str = "",
) -> UUID:
    """Write down that ``act`` is to be done to ``jobs`` (ids and names). Its id. ``chosen`` is the filter's query.

    Raises `Forbidden`, and `InvalidInput` when there are none or too many.
    """
    member.require(VERBS[act])
    if member.user is None:
        raise InvalidInput(_("Acting on many jobs needs a person who answers for it."))
    if not jobs:
        raise InvalidInput(_("No job is chosen."), hint=_("Tick some, or choose all that match."))
    if len(jobs) > MOST_ACTED_ON:
        raise InvalidInput(_("At most %(most)s jobs at once.") % {"most": MOST_ACTED_ON})
    bulk = uuid7()
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tropeiro_bulk WHERE organization_id = %s AND state <> 'running'"
            " AND created_at < now() - %s * interval '1 day'",
            [member.organization, KEPT_DAYS],
        )
        cursor.execute(
            "INSERT INTO tropeiro_bulk (id, organization_id, act, version, chosen, language, total, started_by_id,"
            " started_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                bulk, member.organization, act, version, chosen[:1_000], get_language() or "en", len(jobs), member.user,
                member.label,
            ],
        )  # fmt: skip
        cursor.execute(
            "INSERT INTO tropeiro_bulk_item (bulk_id, n, organization_id, job_id, name)"
            " SELECT %s, i.n, %s, i.job, i.name FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS i(job, name, n)",
            [bulk, member.organization, [job for job, _name in jobs], [name for _job, name in jobs]],
        )
        record(member, VERBS[act], "bulk", bulk, total=len(jobs), version=version)
    return bulk


def stop(member: Member, bulk: UUID) -> None:
    """Leave what was not done yet. Raises `Forbidden`, `NotFound`, and `Conflict` when nothing is left to stop."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute("SELECT act FROM tropeiro_bulk WHERE id = %s", [bulk])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(_("There is no such act on many jobs that you can see."))
        verb = VERBS[Act(row[0])]
        member.require(verb)
        cursor.execute(
            "UPDATE tropeiro_bulk SET state = 'stopped', finished_at = now() WHERE id = %s AND state = 'running'",
            [bulk],
        )
        if cursor.rowcount == 0:
            raise Conflict(_("It is over: there is nothing left to stop."))
        cursor.execute(
            "UPDATE tropeiro_bulk_item SET outcome = 'left', at = now() WHERE bulk_id = %s AND outcome IS NULL", [bulk]
        )
        record(member, verb, "bulk", bulk, stopped=True, left=cursor.rowcount)


def work() -> bool:
    """Do the next job of any act on many. False when nothing is to be done. Outside of any transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT)
            row = cursor.fetchone()
        if row is None:
            return False
        bulk, n, job, act, version, language, user, slug, organization = row
        with override(language):
            outcome, code, message, new = _tried(Act(act), job, version, user, slug)
        with tenant(organization), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tropeiro_bulk_item SET outcome = %s, code = %s, message = %s, new_job_id = %s, at = now()"
                " WHERE bulk_id = %s AND n = %s",
                [outcome, code, message[:2_000], new, bulk, n],
            )
            cursor.execute(
                "UPDATE tropeiro_bulk b SET state = 'done', finished_at = now() WHERE b.id = %s AND b.state = 'running'"
                " AND NOT EXISTS (SELECT FROM tropeiro_bulk_item i WHERE i.bulk_id = b.id AND i.outcome IS NULL)",
                [bulk],
            )
    return True


def _tried(act: Act, job: UUID, version: str, user: int, slug: str) -> tuple[str, str, str, UUID | None]:
    try:
        # Whoever asked is asked for anew: a role that was lost meanwhile does nothing more.
        member = member_door(user, slug)
        new = _ACTS[act](member, job, version)
    except TropeiroError as error:
        return "refused", error.code, f"{error.message} {error.hint}".strip(), None
    return "done", "", "", new


def _rerun(member: Member, job: UUID, version: str) -> UUID:
    return actions.rerun(member, job, None, "newest" if version == "newest" else "same")


_ACTS: dict[Act, Callable[[Member, UUID, str], UUID | None]] = {
    Act.CANCEL: lambda member, job, _version: actions.cancel(member, job),
    Act.PAUSE: lambda member, job, _version: actions.pause(member, job),
    Act.RESUME: lambda member, job, _version: actions.resume(member, job),
    Act.RETRY: lambda member, job, _version: actions.retry(member, job),
    Act.RERUN: _rerun,
}
