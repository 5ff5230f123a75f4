"""Bringing a project's services to what was declared: new ones, new revisions, removals. Called inside a transaction.

A version is a promise to callers; its number is the developer's. Behind a number stand revisions, each immutable: code
that changed under the same number becomes the next revision. See ``docs/adr/0003-versions.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone

from tropeiro.kernel.errors import Conflict
from tropeiro.kernel.ids import uuid7
from tropeiro.web.services.declared import Declared
from tropeiro.web.services.models import Service, ServiceVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What publishing does, or would do, to one service."""

    action: str
    """add, change, remove or restore."""
    name: str
    kind: str
    version: int | None = None
    revision: int | None = None
    details: tuple[str, ...] = ()
    """For people: what is new about it."""

    def __str__(self) -> str:
        number = f"@{self.version}" if self.version else ""
        revision = f" (revision {self.revision})" if self.revision and self.revision > 1 else ""
        return f"{self.action} {self.kind} {self.name}{number}{revision}" + (
            f": {', '.join(self.details)}" if self.details else ""
        )


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest revision of one version of a service."""

    id: UUID
    version: int
    revision: int
    digest: str
    contract_digest: str


class Publisher:
    """Publishes into one project, whose row the caller has locked."""

    def __init__(self, organization: UUID, project: UUID, *, careful: bool = True) -> None:
        """``careful`` refuses what would break a promise to callers; Tropeiro's own services come without asking."""
        self._careful = careful
        self._organization = organization
        self._project = project
        self._services = {service.name: service for service in Service.objects.filter(project_id=project)}
        self._latest: dict[UUID, dict[int, Latest]] = {}
        rows = (
            ServiceVersion.objects.filter(service__project_id=project)
            .order_by("service_id", "version", "-revision")
            .distinct("service_id", "version")
        )
        for service, *fields in rows.values_list(
            "service_id", "id", "version", "revision", "digest", "contract_digest"
        ):
            latest = Latest(*fields)
            self._latest.setdefault(service, {})[latest.version] = latest
        self.changes: list[Change] = []

    def publish(self, declared: Declared) -> UUID:
        """Make ``declared`` the newest revision of its version; the id of that revision.

        Raises `Conflict` when it changes what callers of other projects, who pinned this version, rely on.
        """
        service, details, action = self._service(declared)
        known = self._latest.setdefault(service.id, {}).get(declared.version)
        if known is not None and known.digest == declared.digest:
            if details:
                self._note(action, declared, known.revision, details)
            return known.id
        if known is None:
            details = [*details, f"version {declared.version}"] if action == "change" else details
        elif known.contract_digest != declared.contract_digest:
            self._refuse_broken_promise(service, declared, known)
            details = [*details, "inputs or outputs changed"]
        else:
            details = [*details, "code or settings changed"]
        revision = 1 if known is None else known.revision + 1
        id_ = uuid7()
        ServiceVersion.objects.create(
            id=id_,
            organization_id=self._organization,
            service_id=service.id,
            version=declared.version,
            revision=revision,
            implementation=msgspec.to_builtins(declared.implementation),
            input_schema=declared.input_schema,
            output_schema=declared.output_schema,
            timeout_ms=declared.timeout_ms,
            retry=msgspec.to_builtins(declared.retry),
            idempotent=declared.idempotent,
            pure=declared.pure,
            credential_kind=declared.credential_kind,
            contract_digest=declared.contract_digest,
            digest=declared.digest,
        )
        self._latest[service.id][declared.version] = Latest(
            id_, declared.version, revision, declared.digest, declared.contract_digest
        )
        self._note(action, declared, revision, details)
        return id_

    def remove_all_but(self, names: Iterable[str]) -> None:
        """Remove the services that are declared no more. Raises `Conflict` naming who still calls one of them."""
        kept = set(names)
        gone = [service for service in self._services.values() if service.name not in kept and not service.removed_at]
        if not gone:
            return
        versions = dict(
            ServiceVersion.objects.filter(service_id__in=[service.id for service in gone]).values_list(
                "id", "service__name"
            )
        )
        callers = self._callers(versions)
        if callers:
            names_gone = ", ".join(sorted({versions[pin] for pin in callers}))
            raise Conflict(
                f"Still called: {names_gone}. {_who(callers.values())}",
                hint="Keep the service, or save those workflows without it first.",
                details={"services": sorted({versions[pin] for pin in callers})},
            )
        Service.objects.filter(id__in=[service.id for service in gone]).update(removed_at=timezone.now())
        self.changes.extend(Change(action="remove", name=service.name, kind=service.kind) for service in gone)

    def _service(self, declared: Declared) -> tuple[Service, list[str], str]:
        about: dict[str, Any] = {
            "kind": declared.kind,
            "visibility": "public" if declared.public else "private",
            "title": declared.title[:200],
            "description": declared.description,
            "removed_at": None,
        }
        if declared.tags is not None:
            about["tags"] = list(declared.tags)
        service = self._services.get(declared.name)
        if service is None:
            service = Service.objects.create(
                organization_id=self._organization, project_id=self._project, name=declared.name, **about
            )
            self._services[declared.name] = service
            return service, [str(about["visibility"])], "add"
        if about["visibility"] == "private" and service.visibility == "public":
            self._refuse_hiding(service)
        action = "restore" if service.removed_at else "change"
        changed = [name for name, value in about.items() if getattr(service, name) != value]
        if changed:
            for name in changed:
                setattr(service, name, about[name])
            service.save(update_fields=changed)
        return service, [_SAID.get(name, name).format(**about) for name in changed], action

    def _callers(self, versions: Iterable[UUID]) -> dict[UUID, Callers]:
        return callers_of(list(versions), outside=self._project) if self._careful else {}

    def _next(self, service: Service) -> int:
        return max(self._latest[service.id], default=0) + 1

    def _note(self, action: str, declared: Declared, revision: int, details: list[str]) -> None:
        self.changes.append(
            Change(
                action=action,
                name=declared.name,
                kind=declared.kind,
                version=declared.version,
                revision=revision,
                details=tuple(details),
            )
        )

    def _refuse_broken_promise(self, service: Service, declared: Declared, known: Latest) -> None:
        revisions = ServiceVersion.objects.filter(service_id=service.id, version=known.version)
        callers = self._callers(revisions.values_list("id", flat=True))
        if callers:
            raise Conflict(
                f"The inputs or outputs of {declared.name}@{declared.version} changed, and others rely on them. "
                f"{_who(callers.values())}",
                hint=f"Leave version {declared.version} as it was, and declare version {self._next(service)}.",
            )

    def _refuse_hiding(self, service: Service) -> None:
        versions = ServiceVersion.objects.filter(service_id=service.id).values_list("id", flat=True)
        callers = self._callers(versions)
        if callers:
            raise Conflict(
                f"{service.name} cannot become private: others call it. {_who(callers.values())}",
                hint="Keep it public, or declare another service for what is to be private.",
            )


_SAID = {
    "visibility": "now {visibility}",
    "title": "title changed",
    "description": "description changed",
    "tags": "tags changed",
    "kind": "now of kind {kind}",
    "removed_at": "back again",
}


@dataclass(frozen=True, slots=True)
class Callers:
    """Who pinned one revision: own workflows by name, and how many of other organizations."""

    own: tuple[str, ...]
    others: int


def callers_of(versions: list[UUID], *, outside: UUID | None = None) -> dict[UUID, Callers]:
    """Who calls these revisions in the newest version of a workflow, by revision; only those that are called.

    ``outside`` leaves out the automations of that project: they are declared together with its services.
    """
    if not versions:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.service_version_id, array_agg(concat_ws('/', nullif(b.project, ''), b.name) ORDER BY b.name)"
            " FILTER (WHERE b.own), count(*) FILTER (WHERE NOT b.own)"
            " FROM tropeiro_pinned_by(%s) b LEFT JOIN tropeiro_workflow w ON w.id = b.workflow_id"
            " WHERE NOT coalesce(b.automation AND w.project_id = %s, false)"
            " GROUP BY b.service_version_id",
            [versions, outside],
        )
        return {pin: Callers(tuple(own or ()), others) for pin, own, others in cursor.fetchall()}


def _who(callers: Iterable[Callers]) -> str:
    own = sorted({name for one in callers for name in one.own})
    others = sum(one.others for one in callers)
    parts = [f"{', '.join(own[:10])}{' …' if len(own) > 10 else ''}"] if own else []
    if others:
        parts.append(f"{others} workflow{'s' if others > 1 else ''} of other organizations")
    return f"Called by {' and '.join(parts)}."
