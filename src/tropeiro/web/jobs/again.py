"""Running a job again: a new job, which reuses what an earlier one finished."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.kernel.packet import Result
from tropeiro.kernel.route import read_route
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState
from tropeiro.kernel.workflow import Workflow
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.audit.actions import record
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.models import Job, Route
from tropeiro.web.jobs.starting import write_job
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.services.access import newest_revision
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import newest_version
from tropeiro.web.workflows.runnable import Runnable, by_workflow_version, resolve_runnable

MOST_REUSED = 100_000


def retry(member: Member, job: UUID) -> UUID:
    """Run a job that did not succeed again, the same version, reusing every call that succeeded. The new job's id.

    Raises `Forbidden`, `NotFound`, and `Conflict` when there is nothing to retry.
    """
    member.require(Verb.RETRY_JOB)
    with tenant(member.organization):
        row = _over(member, job)
        if row.state == JobState.SUCCEEDED:
            raise Conflict(
                _("The job has succeeded: there is nothing to retry."), hint=_("Rerun it to run all of it again.")
            )
        runnable = _same(row)
        new = _write(member, row, runnable, finished_calls(row.id))
        record(member, Verb.RETRY_JOB, "job", row.id, row.name, new=str(new))
        return new


def rerun(member: Member, job: UUID, from_step: str | None = None, version: Literal["same", "newest"] = "same") -> UUID:
    """Run a job again with the same inputs: from its start, or from the step ``from_step`` (an id, or a path).

    Calls of steps that stand before that step in the document are reused, not made again. ``version`` "newest" takes
    what its automation or workflow is by now. The new job's id. Raises `Forbidden`, `NotFound`, `Conflict`, and
    `InvalidInput` when there is no such step.
    """
    member.require(Verb.RERUN_JOB)
    with tenant(member.organization):
        row = _over(member, job)
        same = _same(row)
        memo = {} if from_step is None else finished_calls(row.id, before=_step_number(same.route.workflow, from_step))
        runnable = same if version == "same" else _newest(member, row)
        new = _write(member, row, runnable, memo)
        record(member, Verb.RERUN_JOB, "job", row.id, row.name, new=str(new), from_step=from_step, version=version)
        return new


def _over(member: Member, job: UUID) -> Job:
    row = job_row(member, job)
    if row.parent_job_id is not None:
        raise Conflict(
            _("Another job called this one as a step; by itself it cannot run again."),
            hint=_("Run the job %(id)s again.") % {"id": row.parent_job_id},
        )
    if JobState(row.state) not in FINAL_JOB_STATES:
        raise Conflict(
            _("The job is %(state)s: it is not over yet.") % {"state": JOB_STATES[JobState(row.state)]},
            hint=_("Wait for its end, or cancel it first."),
        )
    return row


def _same(row: Job) -> Runnable:
    text = (
        Route.objects.filter(organization_id=row.organization_id, digest=row.route_digest)
        .values_list("text", flat=True)
        .first()
    )
    if text is None:
        raise NotFound(_("What this job ran is not kept any more."))
    return Runnable(
        kind="rerun",
        label=row.name,
        route=read_route(text.encode()),
        project=row.project_id,
        workflow_version=row.workflow_version_id,
        service_version=row.service_version_id,
    )


def _newest(member: Member, row: Job) -> Runnable:
    if row.service_version_id is not None:
        reference, project = newest_revision(member, row.service_version_id)
        return resolve_runnable(member, reference, project=project)
    if row.workflow_version_id is not None:
        return by_workflow_version(newest_version(member, row.workflow_version_id))
    raise Conflict(_("The job ran a draft, of which there is no newer version."), hint=_("Rerun the same version."))


def _step_number(workflow: Workflow, wanted: str) -> int:
    step = workflow.step(wanted.partition("[")[0].rpartition(".")[2] if "[" in wanted else wanted.rpartition(".")[2])
    if step is None:
        known = ", ".join(one.id for one in workflow.steps if not one.inner)
        raise InvalidInput(
            _("The job has no step `%(step)s`.") % {"step": wanted[:200]},
            hint=_("Its steps: %(steps)s.") % {"steps": known[:500]},
        )
    return step.n


def finished_calls(job: UUID, *, before: int | None = None) -> dict[str, Result]:
    """The calls of a job that succeeded, by path; only those of steps before number ``before`` when it is given.

    For a job that was asked for at its door, inside a tenant's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (s.path) s.path, s.output::text, coalesce(s.output_blob, '') FROM tropeiro_step s"
            " WHERE s.job_id = %s AND s.state = 'succeeded' AND s.uses <> '' AND (%s::int IS NULL OR s.n < %s)"
            " ORDER BY s.path, s.round DESC, s.attempt DESC LIMIT %s",
            [job, before, before, MOST_REUSED],
        )
        return {
            path: Result(output=None if blob or text is None else msgspec.json.decode(text), blob=blob)
            for path, text, blob in cursor.fetchall()
        }


def _write(member: Member, row: Job, runnable: Runnable, memo: dict[str, Result]) -> UUID:
    return write_job(
        member,
        runnable,
        _inputs(row),
        trigger="rerun",
        mock=row.mock,
        priority=row.priority,
        rerun_of=row.id,
        memo=memo,
    )


def _inputs(row: Job) -> Any:
    if row.inputs_blob:
        return msgspec.json.decode(FsspecBlobs(settings.TROPEIRO.blobs).read(row.inputs_blob))
    return None if row.inputs is None else msgspec.json.decode(row.inputs)
