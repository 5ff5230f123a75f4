"""What people say to a question that a job asks: yes with the form filled in, or no."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel import schema
from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput
from tropeiro.kernel.outcome import Done, Fail
from tropeiro.kernel.step_errors import rejected
from tropeiro.kernel.wire import pack_answer
from tropeiro.sql import statement
from tropeiro.web.audit.actions import record
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.approvals import Approval, approvals
from tropeiro.web.jobs.starting import store_blobs
from tropeiro.web.member import Member
from tropeiro.web.naming import plain
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MAX_REASON = 1000
"""Characters of the reason for a no."""


def approve(member: Member, job: UUID, path: str, answer: Any = None) -> None:
    """Answer the approval that the job waits for at ``path``. ``answer`` is the form as filled in.

    Raises `Forbidden` (also when others are asked), `NotFound`, `SchemaMismatch`, and `Conflict` when nothing waits
    there any more.
    """
    member.require(Verb.APPROVE_STEP)
    with tenant(member.organization):
        asked = _asked(member, job, path)
        if asked.form is not None:
            schema.check(asked.form, answer, what=_("The answer"))
        _give(member, job, asked, Done(answer))
        record(member, Verb.APPROVE_STEP, "job", job, job_row(member, job).name, path=path)


def reject(member: Member, job: UUID, path: str, reason: str = "") -> None:
    """Say no to the approval that the job waits for at ``path``: its step fails with the code ``rejected``.

    Raises `Forbidden` (also when others are asked), `NotFound`, `InvalidInput` (the reason is too long), and `Conflict`
    when nothing waits there any more.
    """
    member.require(Verb.REJECT_STEP)
    reason = plain(reason.strip(), lines=True)
    if len(reason) > MAX_REASON:
        raise InvalidInput(_("A reason has at most %(most)d characters.") % {"most": MAX_REASON})
    with tenant(member.organization):
        asked = _asked(member, job, path)
        _give(member, job, asked, Fail(rejected(member.label, reason)))
        record(member, Verb.REJECT_STEP, "job", job, job_row(member, job).name, path=path, reason=reason)


def _asked(member: Member, job: UUID, path: str) -> Approval:
    asked = next(iter(approvals(member, job, path=path)), None)
    if asked is None:
        raise Conflict(_("Nothing waits for an answer at `%(path)s`.") % {"path": path[:200]})
    if not asked.is_for(member):
        raise Forbidden(_("This question is for %(people)s.") % {"people": ", ".join(asked.assignees[:10])})
    return asked


def _give(member: Member, job: UUID, asked: Approval, answer: Done | Fail) -> None:
    packed = pack_answer(answer, member.organization, job)
    store_blobs(packed.blobs)
    params: dict[str, Any] = {
        "organization": member.organization,
        "job": job,
        "path": asked.path,
        "answer": packed.text.decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("store", "approve"), params)
        taken = cursor.fetchone()[0]
    if not taken:
        raise Conflict(_("Somebody else was faster: this question is answered."))
