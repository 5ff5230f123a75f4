"""What goes over the wire, as the OpenAPI document describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from tropeiro.kernel.states import JobState, StepState
from tropeiro.web.jobs.answering import MAX_REASON
from tropeiro.web.permissions import Role

Reference = Field(max_length=200, description="`[project/]name[@version]`; the newest version when none is named.")


Level = Literal["debug", "info", "warning", "error"]


class _Sent(Schema):
    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """A problem document (RFC 9457). `code` is stable; `detail` and `hint` are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str | None = None
    details: Any = None
    problems: list[dict[str, Any]] | None = Field(None, description="Everything that is wrong, each with its place.")


class Me(Schema):
    """Who the token acts as."""

    organization: str = Field(description="Short name.")
    user: str = Field(description="E-mail address of who made the token.")
    token: str = Field(description="Name of the token.")
    role: Role


class Service(Schema):
    """A service that can be called, or an automation that can be run."""

    reference: str = Field(description="How `POST /jobs` names it.")
    project: str
    name: str
    version: int = Field(description="The newest.")
    kind: str
    visibility: Literal["private", "public"]
    title: str
    description: str
    inputs: Any = Field(None, description="JSON Schema of the inputs.")


class Workflow(Schema):
    """A workflow."""

    reference: str = Field(description="How `POST /jobs` names it.")
    project: str | None
    name: str
    version: int = Field(description="The newest.")
    description: str


class Services(Schema):
    """A page of services."""

    items: list[Service]
    next: str | None = Field(description="Send it as `cursor` for the next page.")


class Workflows(Schema):
    """A page of workflows."""

    items: list[Workflow]
    next: str | None = Field(description="Send it as `cursor` for the next page.")


class StartJob(_Sent):
    """What to start."""

    run: str = Reference
    inputs: dict[str, Any] = Field(default_factory=dict)
    project: str | None = Field(
        None, max_length=64, description="Short name of the project to look from; its private services can be run then."
    )
    priority: int = Field(0, ge=-100, le=100, description="Higher goes first.")
    timeout_ms: int | None = Field(None, ge=1, le=10**12, description="The job is ended after so many milliseconds.")
    mock: bool = Field(False, description="Let services answer with their examples.")


class Started(Schema):
    """A job that was started."""

    id: UUID
    name: str
    url: str = Field(description="Where to ask for it.")


class Job(Schema):
    """A job as lists show it."""

    id: UUID
    name: str
    state: JobState
    trigger: str
    mock: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: dict[str, Any] | None
    parent_job: UUID | None


class JobDetails(Job):
    """One job."""

    project: str | None
    priority: int
    rerun_of: UUID | None
    deadline_at: datetime | None
    started_by: str = Field(description="E-mail address, when a person or a token of theirs started it.")
    inputs: Any
    output: Any
    output_is_large: bool = Field(description="The output is too large to stand here: `GET /jobs/{job}/output`.")


class Jobs(Schema):
    """A page of jobs, the newest first."""

    items: list[Job]
    next: str | None = Field(description="Send it as `cursor` for the next page.")


class Step(Schema):
    """A step, or all items of a step inside a `foreach`, whose indexes stand in the path as `[*]`."""

    path: str
    name: str
    kind: str
    uses: str
    state: StepState = Field(description="For several items: the one that most needs to be seen.")
    states: dict[str, int]
    started_at: datetime
    finished_at: datetime | None
    tries: int
    reused: bool
    error: dict[str, Any] | None
    progress: float | None
    note: str


class Steps(Schema):
    """The steps of a job in document order, at most 2,000 rows."""

    items: list[Step]


class Line(Schema):
    """One line of a job's log."""

    id: int
    at: datetime
    level: str
    path: str
    attempt: int
    worker: str
    message: str
    fields: dict[str, Any]


class Log(Schema):
    """A stretch of a job's log."""

    items: list[Line]
    next: int = Field(description="Send it as `after` to read on.")
    more: bool = Field(description="Whether there is more to read now or in a moment.")


class Question(Schema):
    """Something that the job waits to have answered."""

    path: str
    title: str
    form: Any = Field(description="JSON Schema of the answer; null asks only for a yes.")
    assignees: list[str] = Field(description="E-mail addresses or roles; empty means everybody who may approve.")
    due_at: datetime | None


class Questions(Schema):
    """What the job waits to have answered, the oldest first."""

    items: list[Question]


class Answer(_Sent):
    """An answer to a question."""

    path: str = Field(max_length=500)
    answer: Any = None


class Rejection(_Sent):
    """A no to a question."""

    path: str = Field(max_length=500)
    reason: str = Field("", max_length=MAX_REASON, description="It stands in the error of the step.")


class Rerun(_Sent):
    """How to run a job again."""

    from_step: str | None = Field(None, max_length=500, description="Id or path; the start of the job without it.")
    version: Literal["same", "newest"] = "same"
