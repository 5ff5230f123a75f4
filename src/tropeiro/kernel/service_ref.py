"""How a step names a service: ``[[organization/]project/]service[@version]``."""

from __future__ import annotations

import re

import msgspec

from tropeiro.kernel.errors import InvalidInput

HOUSE = "house"
"""Slug of the organization that the built-in services belong to."""
CORE = "core"
"""Slug of their project."""
SLUG = r"[a-z][a-z0-9-]{0,63}"
"""Regular expression of an organization's or a project's slug, without anchors."""
SERVICE_NAME = r"[a-z][a-z0-9_-]{0,63}"
"""Regular expression of a service's name, without anchors."""
PATTERN = rf"(?:(?:{SLUG}/)?{SLUG}/)?{SERVICE_NAME}(?:@[1-9][0-9]{{0,8}})?"
"""Regular expression of a whole reference, without anchors."""

_SLUG = re.compile(SLUG)
_SERVICE_NAME = re.compile(SERVICE_NAME)
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_FORM = "Write [[organization/]project/]service[@version], for example core/http@1."


class ServiceRef(msgspec.Struct, frozen=True):
    """``[[organization/]project/]service[@version]`` taken apart."""

    service: str
    project: str | None = None
    organization: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        name = "/".join(part for part in (self.organization, self.project, self.service) if part)
        return name if self.version is None else f"{name}@{self.version}"


def parse_service_ref(text: str) -> ServiceRef:
    """Take a reference apart. Raises `InvalidInput` that names the part that cannot be right."""
    shown = text[:100]
    path, at, version = text.partition("@")
    if at and not _VERSION.fullmatch(version):
        raise InvalidInput(
            f"`{version[:40]}` is not a version of a service in `{shown}`.",
            hint="A version is a whole number from 1, for example core/http@1.",
        )
    segments = path.split("/")
    if len(segments) > 3:
        raise InvalidInput(f"`{shown}` has more than three parts.", hint=_FORM)
    *owners, service = segments
    for kind, slug in zip(("project", "organization"), reversed(owners), strict=False):
        if not _SLUG.fullmatch(slug):
            raise InvalidInput(
                f"`{slug[:40]}` is not the name of {'an' if kind == 'organization' else 'a'} {kind} in `{shown}`.",
                hint=f"It starts with a small letter; then small letters, digits and hyphens. {_FORM}",
            )
    if not service:
        raise InvalidInput(f"The name of the service is missing in `{shown}`.", hint=_FORM)
    if not _SERVICE_NAME.fullmatch(service):
        raise InvalidInput(
            f"`{service[:40]}` is not the name of a service in `{shown}`.",
            hint=f"It starts with a small letter; then small letters, digits, hyphens and underscores. {_FORM}",
        )
    return ServiceRef(
        service=service,
        project=owners[-1] if owners else None,
        organization=owners[0] if len(owners) == 2 else None,
        version=int(version) if at else None,
    )


def is_built_in(ref: ServiceRef) -> bool:
    """Whether a pinned reference names a service of the built-in project, which costs nobody anything."""
    return ref.organization == HOUSE and ref.project == CORE
