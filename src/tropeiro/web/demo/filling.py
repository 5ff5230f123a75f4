"""Filling an organization of its own with the demonstration: projects that work, and a history that is made up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict
from tropeiro.kernel.packet import Route
from tropeiro.sql import statement
from tropeiro.web.accounts.access import local_member
from tropeiro.web.accounts.actions import add_member, create_organization
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.demo.courses import COURSES, NIGHTLY_CLOSING, Course
from tropeiro.web.demo.history import DAYS, Subject, Told, history
from tropeiro.web.demo.models import Sample
from tropeiro.web.demo.queries import SLUG
from tropeiro.web.demo.removing import remove
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import apply
from tropeiro.web.projects.folder import read_folder
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.runnable import resolve_runnable

NAME = "Demonstration"
PROJECTS = ("marketing", "fiscal", "sales", "logistics")
SEED = 1822
BATCH = 2_000
"""Jobs that are written together."""

_COLUMNS = {
    "job": (
        "id, organization_id, project_id, workflow_version_id, service_version_id, name, route_digest, state, trigger,"
        " inputs, output, error, created_at, started_at, finished_at, root_job_id"
    ),
    "step": (
        "job_id, organization_id, path, round, attempt, n, state, uses, started_at, finished_at, input, output, error"
    ),
    "log": "job_id, organization_id, at, level, path, attempt, worker, message, fields",
    "usage": "job_id, path, round, attempt, organization_id, service_version_id, at",
}
_TRIGGERS = (
    Wanted(
        name="campaigns-every-morning",
        target="marketing/campaign-report",
        project="marketing",
        cron="0 7 * * *",
        zone="America/Sao_Paulo",
    ),
    Wanted(name="contacts", target="sales/sync-contacts", project="sales", every_ms=30 * 60_000),
    Wanted(
        name="stock-every-hour",
        target="logistics/stock-count",
        project="logistics",
        cron="15 * * * *",
        zone="America/Sao_Paulo",
    ),
    Wanted(name="closing", target="nightly-closing", cron="30 2 * * *", zone="America/Sao_Paulo"),
)

Say = Callable[[str, float], None]
"""Told of progress: what is being filled, and the share of it that is done."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What is in the organization now."""

    organization: str
    jobs: int
    steps: int
    lines: int
    usage: int


def fill(*, say: Say, days: int = DAYS, seed: int = SEED) -> Filled:
    """Make the organization ``demo`` with projects, workflows, triggers and the history of the last ``days``.

    The operators become its owners. What breaks off leaves nothing. Raises `Conflict` when it is there already.
    """
    if _rows("SELECT 1 FROM tropeiro_organization WHERE slug = %s", SLUG):
        raise Conflict(
            _("There is an organization `%(slug)s` already.") % {"slug": SLUG},
            hint=_("Take the demonstration away first: tropeiro demo --remove"),
        )
    with transaction.atomic():
        member = _organization(seed)
    try:
        return _fill(member, say, days, seed)
    except BaseException:
        remove()
        raise


def _fill(member: Member, say: Say, days: int, seed: int) -> Filled:
    for place, project in enumerate(PROJECTS):
        say(project, place / len(PROJECTS))
        apply(member, read_folder(Path(str(files("tropeiro.samples.demo"))) / project))
    save_workflow(member, "nightly-closing", NIGHTLY_CLOSING, message="First version")
    set_credential(member, "crm", "token", {"token": "a-made-up-token"}, "sales")
    counts = dict.fromkeys(_COLUMNS, 0)
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tropeiro_ensure_partitions(%s, %s)", [now - timedelta(days=days + 1), now])
    for course in COURSES:
        subject = _subject(member, course)
        for batch in _batches(history(subject, now=now, seed=seed, days=days)):
            say(course.reference, 1 - (now - batch[0].job[12]) / timedelta(days=days + 1))
            _write(batch, counts)
    say("counts", 1.0)
    with connection.cursor() as cursor:
        cursor.execute(
            statement("rollups", "recount"),
            {"organization": member.organization, "from": now - timedelta(days=days + 1), "to": now},
        )
    for wanted in _TRIGGERS:
        create_trigger(member, wanted)
    return Filled(SLUG, counts["job"], counts["step"], counts["log"], counts["usage"])


def _organization(seed: int) -> Member:
    operators = _rows("SELECT id, email FROM tropeiro_user WHERE is_operator AND is_active ORDER BY id")
    if not operators:
        raise Conflict(_("There is no operator who could own the demonstration."), hint=_("Start once: tropeiro up"))
    organization = create_organization(SLUG, NAME, owner=operators[0][0])
    Sample.objects.create(organization_id=organization, seed=seed)
    member = local_member(SLUG)
    for _id, email in operators[1:]:
        add_member(member, email, Role.OWNER)
    return member


def _subject(member: Member, course: Course) -> Subject:
    project = course.reference.partition("/")[0] if "/" in course.reference else None
    found = resolve_runnable(member, course.reference, project=project)
    assert found.workflow_version is not None
    _keep_route(member.organization, found.route)
    steps = [(f"{step.id}[]" if step.inner else step.id, step) for step in found.route.workflow.steps]
    return Subject(
        course=course,
        label=found.label,
        organization=member.organization,
        project=found.project,
        workflow_version=found.workflow_version,
        service_version=found.service_version,
        route_digest=found.route.digest,
        numbers={key: step.n for key, step in steps},
        uses={key: step.called for key, step in steps},
        versions={key: step.service for key, step in steps if step.service is not None},
    )


def _keep_route(organization: UUID, route: Route) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tropeiro_route (organization_id, digest, text) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [organization, route.digest, route.text.decode()],
        )


def _batches(jobs: Iterable[Told]) -> Iterator[list[Told]]:
    batch: list[Told] = []
    for told in jobs:
        batch.append(told)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(batch: Sequence[Told], counts: dict[str, int]) -> None:
    rows: dict[str, Iterable[tuple[Any, ...]]] = {
        "job": (told.job for told in batch),
        "step": (row for told in batch for row in told.steps),
        "log": (row for told in batch for row in told.lines),
        "usage": (row for told in batch for row in told.usage),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in _COLUMNS.items():
            with cursor.copy(f"COPY tropeiro_{table} ({columns}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row([_plain(value) for value in row])
                    counts[table] += 1


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _rows(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
