"""The operations of version 1, in the order of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Query, Status
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from tropeiro.kernel.errors import Conflict
from tropeiro.kernel.states import JobState
from tropeiro.web.api import catalogue, shapes
from tropeiro.web.api.door import Asked
from tropeiro.web.api.once import start_once
from tropeiro.web.api.paging import Limit, page
from tropeiro.web.api.problems import of_parsing, of_shape
from tropeiro.web.jobs import actions, queries
from tropeiro.web.jobs.approvals import approvals
from tropeiro.web.jobs.logs import read_on
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.steps import steps as job_steps
from tropeiro.web.member import Member

ROOT = "api/v1/"
MOST_PATIENT = 60
_REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 503), shapes.Problem)
DESCRIPTION = """Start jobs and follow them, with a token of your organization.

Send the token as `Authorization: Bearer <token>`. What is missing and what you may not see are answered alike. Errors
are problem documents (RFC 9457) with a stable `code`. Lists have pages: send `next` of one as `cursor` of the next.
"""


class _Json(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise HttpError(400, str(error)) from None


class _Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return msgspec.json.encode(data, enc_hook=str)


class _Bearer(HttpBearer):
    """Says in the OpenAPI document how to come in; the door has looked already."""

    def __call__(self, request: Any) -> Member:
        return self.authenticate(request, "")

    def authenticate(self, request: Any, token: str) -> Member:
        member: Member = request.member
        return member


api = NinjaAPI(
    title="Tropeiro",
    version="1",
    description=DESCRIPTION,
    auth=_Bearer(),
    openapi_url=None,
    docs_url=None,
    parser=_Json(),
    renderer=_Renderer(),
    urls_namespace="api",
)
api.add_exception_handler(ValidationError, of_shape)
api.add_exception_handler(HttpError, of_parsing)

Cursor = Annotated[str, Query(max_length=200, description="`next` of the page before.")]


def _answers(shape: Any, status: int = 200) -> dict[int, Any]:
    return {status: shape, **_REFUSALS}


@api.get("/me", response=_answers(shapes.Me), tags=["Token"], summary="Who the token acts as", url_name="api-me")
def me(request: Asked) -> Any:
    """The organization, the user who made the token, and its role now."""
    who = request.member
    return shapes.Me(organization=who.organization_slug, user=who.label, token=who.token, role=who.role)


@api.get(
    "/services", response=_answers(shapes.Services), tags=["Catalogue"], summary="List services",
    url_name="api-services",
)  # fmt: skip
def list_services(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """Services of the organization, and the built-in ones."""
    rows = catalogue.services(request.member, automations=False, cursor=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: row.reference)


@api.get(
    "/automations", response=_answers(shapes.Services), tags=["Catalogue"], summary="List automations",
    url_name="api-automations",
)  # fmt: skip
def list_automations(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """Workflows that are published as services of the organization."""
    rows = catalogue.services(request.member, automations=True, cursor=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: row.reference)


@api.get(
    "/workflows", response=_answers(shapes.Workflows), tags=["Catalogue"], summary="List workflows",
    url_name="api-workflows",
)  # fmt: skip
def list_workflows(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """Workflows of the organization."""
    rows = catalogue.workflows(request.member, cursor=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: row.reference)


@api.post(
    "/jobs", response={200: shapes.Started, **_answers(shapes.Started, 201)}, tags=["Jobs"], summary="Start a job",
    url_name="api-jobs",
)  # fmt: skip
def start_job(
    request: Asked,
    response: HttpResponse,
    wanted: shapes.StartJob,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="A second request with it starts no second job.")
    ] = None,
) -> Any:
    """Start a job of an automation, a service or a workflow.

    With an `Idempotency-Key`, the same request within seven days gets the first one's job, with status 200 and
    `Idempotent-Replayed: true`; another request with the key is refused with `idempotency_key_reused`.
    """
    once = start_once(request.member, wanted, idempotency_key)
    if once.replayed:
        response["Idempotent-Replayed"] = "true"
    return Status(200 if once.replayed else 201, _started(response, once.job, once.name))


@api.get("/jobs", response=_answers(shapes.Jobs), tags=["Jobs"], summary="List jobs", url_name="api-jobs")
def list_jobs(request: Asked, state: JobState | None = None, cursor: UUID | None = None, limit: Limit = 50) -> Any:
    """Jobs of the organization, the newest first."""
    rows = queries.list_jobs(request.member, state=state, before=cursor, limit=limit + 1)
    return page(rows, limit, lambda row: str(row.id))


@api.get("/jobs/{uuid:job}", response=_answers(shapes.JobDetails), tags=["Jobs"], summary="One job", url_name="api-job")
def job(
    request: Asked,
    job: UUID,
    wait: Annotated[
        float, Query(ge=0, le=MOST_PATIENT, description="Answer when the job is over, at the latest after seconds.")
    ] = 0,
) -> Any:
    """One job with its inputs and its output. With `wait` the answer comes as soon as the job is over."""
    found = queries.job(request.member, job)
    if wait > 0 and not found.final:
        request.follow, request.patience = job, wait
    return _details(found)


@api.get(
    "/jobs/{uuid:job}/output", response=_answers(Any), tags=["Jobs"], summary="A job's output", url_name="api-output"
)
def output(request: Asked, job: UUID) -> HttpResponse:
    """The whole output, of whatever size. Refused with `conflict` until the job is over."""
    if not queries.job(request.member, job).final:
        raise Conflict("The job is not over: it has no output yet.", hint="Ask for the job with `wait`.")
    return HttpResponse(queries.output_text(request.member, job), content_type="application/json")


@api.get(
    "/jobs/{uuid:job}/steps", response=_answers(shapes.Steps), tags=["Jobs"], summary="A job's steps",
    url_name="api-steps",
)  # fmt: skip
def steps(request: Asked, job: UUID) -> Any:
    """The steps in document order, items of a `foreach` taken together."""
    route = route_of(request.member, job)
    return {"items": list(job_steps(request.member, job, workflow=route.workflow if route else None))}


@api.get(
    "/jobs/{uuid:job}/log", response=_answers(shapes.Log), tags=["Jobs"], summary="A job's log", url_name="api-log"
)
def log(
    request: Asked,
    job: UUID,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Number of the last line that you have.")] = 0,
    level: Annotated[shapes.Level | None, Query(description="The least level.")] = None,
    limit: Limit = 200,
) -> Any:
    """Lines after a certain one, in order. Who reads on after the last line misses none and sees none twice."""
    found = read_on(request.member, job, after=after, level=level, limit=limit)
    last = found.lines[-1].id if found.lines else after
    return {"items": list(found.lines), "next": last, "more": found.more}


@api.get(
    "/jobs/{uuid:job}/questions", response=_answers(shapes.Questions), tags=["Jobs"], summary="What a job asks",
    url_name="api-questions",
)  # fmt: skip
def questions(request: Asked, job: UUID) -> Any:
    """Approvals that the job waits for."""
    return {"items": list(approvals(request.member, job))}


@api.post(
    "/jobs/{uuid:job}/approve", response=_answers(shapes.JobDetails), tags=["Acts"], summary="Answer a question",
    url_name="api-approve",
)  # fmt: skip
def approve(request: Asked, job: UUID, given: shapes.Answer) -> Any:
    """Answer what the job waits for at a path."""
    actions.approve(request.member, job, given.path, given.answer)
    return _details(queries.job(request.member, job))


@api.post(
    "/jobs/{uuid:job}/reject", response=_answers(shapes.JobDetails), tags=["Acts"], summary="Say no to a question",
    url_name="api-reject",
)  # fmt: skip
def reject(request: Asked, job: UUID, given: shapes.Rejection) -> Any:
    """Say no to what the job waits for at a path: its step fails with the code `rejected`, and is not tried again."""
    actions.reject(request.member, job, given.path, given.reason)
    return _details(queries.job(request.member, job))


@api.post(
    "/jobs/{uuid:job}/cancel", response=_answers(shapes.JobDetails), tags=["Acts"], summary="Cancel a job",
    url_name="api-cancel",
)  # fmt: skip
def cancel(request: Asked, job: UUID) -> Any:
    """End a job and its child jobs, for good."""
    return _acted(request, job, actions.cancel)


@api.post(
    "/jobs/{uuid:job}/pause", response=_answers(shapes.JobDetails), tags=["Acts"], summary="Pause a job",
    url_name="api-pause",
)  # fmt: skip
def pause(request: Asked, job: UUID) -> Any:
    """Let no further step start."""
    return _acted(request, job, actions.pause)


@api.post(
    "/jobs/{uuid:job}/resume", response=_answers(shapes.JobDetails), tags=["Acts"], summary="Resume a job",
    url_name="api-resume",
)  # fmt: skip
def resume(request: Asked, job: UUID) -> Any:
    """Let a paused job go on."""
    return _acted(request, job, actions.resume)


@api.post(
    "/jobs/{uuid:job}/retry", response=_answers(shapes.Started, 201), tags=["Acts"], summary="Retry a job",
    url_name="api-retry",
)  # fmt: skip
def retry(request: Asked, response: HttpResponse, job: UUID) -> Any:
    """Run a job that did not succeed again, reusing every call that succeeded. The new job."""
    new = actions.retry(request.member, job)
    return Status(201, _started(response, new, queries.job(request.member, new).name))


@api.post(
    "/jobs/{uuid:job}/rerun", response=_answers(shapes.Started, 201), tags=["Acts"], summary="Rerun a job",
    url_name="api-rerun",
)  # fmt: skip
def rerun(request: Asked, response: HttpResponse, job: UUID, how: shapes.Rerun | None = None) -> Any:
    """Run a job again with the same inputs, from its start or from a step. The new job."""
    new = actions.rerun(request.member, job, how.from_step if how else None, how.version if how else "same")
    return Status(201, _started(response, new, queries.job(request.member, new).name))


def _acted(request: Asked, job: UUID, act: Callable[[Member, UUID], None]) -> Any:
    act(request.member, job)
    return _details(queries.job(request.member, job))


def _started(response: HttpResponse, job: UUID, name: str) -> shapes.Started:
    url = f"/{ROOT}jobs/{job}"
    response["Location"] = url
    return shapes.Started(id=job, name=name, url=url)


def _details(found: queries.JobDetails) -> dict[str, Any]:
    fields = (
        "id", "name", "state", "trigger", "mock", "created_at", "started_at", "finished_at", "error", "parent_job",
        "project", "priority", "rerun_of", "deadline_at", "started_by",
    )  # fmt: skip
    return {
        **{name: getattr(found, name) for name in fields},
        "inputs": found.inputs.value,
        "output": found.output.value,
        "output_is_large": bool(found.output.blob),
    }
