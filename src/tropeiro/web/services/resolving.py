"""What a reference to a service means where it stands, and whether it may be called from there.

One segment names a service of this project; two, one of this organization's project, else of the house's; three, one of
the catalogue. A private service is reached only from inside its own project. What belongs to another organization and
is not public looks exactly like what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Problem
from tropeiro.kernel.service_ref import ServiceRef
from tropeiro.kernel.values import nearest
from tropeiro.kernel.wording import any_of
from tropeiro.web.member import HOUSE
from tropeiro.web.place import Place, project_archived
from tropeiro.web.prepared import prepared_cursor
from tropeiro.web.services.models import Service, ServiceVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One revision of a service that may be called from where it was named."""

    id: UUID
    """Id of the revision."""
    service: UUID
    organization: UUID
    organization_slug: str
    project: UUID
    project_slug: str
    name: str
    kind: str
    public: bool
    version: int
    revision: int
    title: str

    @property
    def uses(self) -> str:
        """The fully qualified reference."""
        return f"{self.organization_slug}/{self.project_slug}/{self.name}@{self.version}"

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.project_slug}/{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    organization: UUID
    organization_slug: str
    project: UUID
    project_slug: str
    name: str
    kind: str
    visibility: str
    title: str
    archived: bool

    @property
    def path(self) -> str:
        """What people call it, without a version."""
        return f"{self.project_slug}/{self.name}"

    @property
    def address(self) -> tuple[str, str, str]:
        return self.organization_slug, self.project_slug, self.name


# The first address that has a service is the one that is meant, also when it may not be called.
_ONE = """
SELECT v.id, s.id, s.organization_id, o.slug, s.project_id, p.slug, s.name, s.kind, s.visibility, s.title,
    p.archived_at IS NOT NULL, v.version, v.revision
FROM (VALUES (1, %(organization)s::text, %(project)s::text), (2, %(or_organization)s, %(or_project)s))
    AS a(n, organization, project)
JOIN tropeiro_organization o ON o.slug = a.organization
JOIN tropeiro_project p ON p.organization_id = o.id AND p.slug = a.project
JOIN tropeiro_service s ON s.project_id = p.id AND s.name = %(name)s AND s.removed_at IS NULL
LEFT JOIN LATERAL (
    SELECT v.id, v.version, v.revision FROM tropeiro_service_version v
    WHERE v.service_id = s.id AND (%(version)s::int IS NULL OR v.version = %(version)s::int)
    ORDER BY v.version DESC, v.revision DESC LIMIT 1
) v ON true
ORDER BY a.n LIMIT 1
"""


def find_one(place: Place, ref: ServiceRef) -> Found | None:
    """What one reference means at ``place`` when it may be called from there, by one query; else `resolve` says why.

    Inside a tenant's transaction.
    """
    (organization, project), (or_organization, or_project) = _two_addresses(place, ref)
    with prepared_cursor() as cursor:
        cursor.execute(
            _ONE,
            {
                "organization": organization,
                "project": project,
                "or_organization": or_organization,
                "or_project": or_project,
                "name": ref.service,
                "version": ref.version,
            },
        )
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    version_id, *about, version, revision = row
    found = _Row(*about)
    if _refusal(place, ref, found, ()) is not None:
        return None
    return _found(found, version, version_id, revision)


def resolve(place: Place, refs: Iterable[ServiceRef]) -> dict[ServiceRef, Found | Problem]:
    """What each reference means at ``place``. Inside a tenant's transaction; two queries, however many references."""
    wanted = tuple(dict.fromkeys(refs))
    if not wanted:
        return {}
    rows = {row.address: row for row in _candidates(place, wanted)}
    chosen: dict[ServiceRef, _Row] = {}
    answers: dict[ServiceRef, Found | Problem] = {}
    for ref in wanted:
        row = next((rows[address] for address in _addresses(place, ref) if address in rows), None)
        refusal = _refusal(place, ref, row, rows.values())
        if refusal is not None or row is None:
            answers[ref] = refusal or _not_found(place, ref, rows.values())
        else:
            chosen[ref] = row
    versions = _versions({row.id for row in chosen.values()})
    for ref, row in chosen.items():
        answers[ref] = _pick(ref, row, versions.get(row.id, {}))
    return {ref: answers[ref] for ref in wanted}


def _addresses(place: Place, ref: ServiceRef) -> list[tuple[str, str, str]]:
    if ref.organization is not None and ref.project is not None:
        return [(ref.organization, ref.project, ref.service)]
    if ref.project is not None:
        return [(place.organization, ref.project, ref.service), (HOUSE, ref.project, ref.service)]
    return [(place.organization, place.project, ref.service)] if place.project is not None else []


def _two_addresses(place: Place, ref: ServiceRef) -> list[tuple[str | None, str | None]]:
    """Organization and project of the places to look at, in their order; ``None`` where there is no second, or none."""
    found: list[tuple[str | None, str | None]] = [address[:2] for address in _addresses(place, ref)]
    return [*found, (None, None), (None, None)][:2]


def _candidates(place: Place, refs: tuple[ServiceRef, ...]) -> list[_Row]:
    # All services of the projects that are named: the ones beside the wanted one make the hint when it is refused.
    pairs = {address[:2] for ref in refs for address in _addresses(place, ref)}
    rows = Service.objects.filter(
        organization__slug__in={organization for organization, _ in pairs},
        project__slug__in={project for _, project in pairs},
        removed_at__isnull=True,
    ).order_by("name")
    fields = (
        "id",
        "organization_id",
        "organization__slug",
        "project_id",
        "project__slug",
        "name",
        "kind",
        "visibility",
        "title",
        "archived",
    )
    archived = Q(project__archived_at__isnull=False)
    return [_Row(*row) for row in rows.annotate(archived=archived).values_list(*fields)]


def _versions(services: set[UUID]) -> dict[UUID, dict[int, tuple[UUID, int]]]:
    """Newest revision by version, by service."""
    rows = (
        ServiceVersion.objects.filter(service_id__in=services)
        .order_by("service_id", "version", "-revision")
        .distinct("service_id", "version")
    )
    found: dict[UUID, dict[int, tuple[UUID, int]]] = {}
    for service, version, id_, revision in rows.values_list("service_id", "version", "id", "revision"):
        found.setdefault(service, {})[version] = id_, revision
    return found


def _pick(ref: ServiceRef, row: _Row, versions: dict[int, tuple[UUID, int]]) -> Found | Problem:
    newest = max(versions, default=0)
    version = newest if ref.version is None else ref.version
    if version not in versions:
        known = ", ".join(str(number) for number in sorted(versions, reverse=True)[:10])
        return Problem(
            code="no_such_version",
            pointer="",
            message=_("There is no version %(version)s of %(name)s.") % {"version": version, "name": row.path},
            hint=_("Its versions: %(versions)s.") % {"versions": known} if known else "",
        )
    return _found(row, version, *versions[version])


def _found(row: _Row, version: int, id_: UUID, revision: int) -> Found:
    return Found(
        id=id_,
        service=row.id,
        organization=row.organization,
        organization_slug=row.organization_slug,
        project=row.project,
        project_slug=row.project_slug,
        name=row.name,
        kind=row.kind,
        public=row.visibility == "public",
        version=version,
        revision=revision,
        title=row.title,
    )


def _refusal(place: Place, ref: ServiceRef, row: _Row | None, rows: Iterable[_Row]) -> Problem | None:
    if row is not None and row.archived:
        return _archived(place, ref, row)
    if row is None or row.visibility == "public":
        return None
    if row.organization_slug != place.organization:
        # Row-level security does not show such a row; should it ever, it still does not exist.
        return _not_found(place, ref, ())
    if row.project_slug == place.project:
        return None
    instead = [
        f"{other.project_slug}/{other.name}"
        for other in rows
        if other.project == row.project and other.visibility == "public"
    ]
    hint = _("Make it public, or put the workflow into project %(project)s.")
    if instead:
        hint = _("Call %(others)s instead, or put the workflow into project %(project)s.")
    return Problem(
        code="private_service",
        pointer="",
        message=_("%(name)s is private to project %(project)s: only workflows of that project may call it.")
        % {"name": row.path, "project": row.project_slug},
        hint=hint % {"project": row.project_slug, "others": any_of(instead[:3]) if instead else ""},
    )


def _archived(place: Place, ref: ServiceRef, row: _Row) -> Problem:
    if row.organization_slug != place.organization:
        return _not_found(place, ref, ())
    problem = project_archived(row.project_slug)
    return Problem(code=problem.code, pointer="", message=problem.message, hint=problem.hint)


def _not_found(place: Place, ref: ServiceRef, rows: Iterable[_Row]) -> Problem:
    if ref.project is None and place.project is None:
        return Problem(
            code="no_project",
            pointer="",
            message=_("%(name)s names a service of this project, but the workflow is in no project.")
            % {"name": ref.service},
            hint=_("Write project/%(name)s, or put the workflow into a project.") % {"name": ref.service},
        )
    reachable = [
        row.name
        for row in rows
        if row.address[:2] in {address[:2] for address in _addresses(place, ref)}
        and not row.archived
        and (row.visibility == "public" or row.address[:2] == (place.organization, place.project))
    ]
    return Problem(
        code="no_such_service",
        pointer="",
        message=_("There is no service %(name)s that can be called from here.") % {"name": ref},
        hint=nearest(ref.service, reachable),
    )
