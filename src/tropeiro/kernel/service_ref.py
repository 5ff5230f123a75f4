"""How a step names a service: ``[[organization/]project/]service[@version]``."""

from __future__ import annotations

import re

import msgspec

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.wording import phrase, says

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
_FORM = phrase("Write [[organization/]project/]service[@version], for example core/http@1.")
_WRONG_OWNER = (
    phrase("`{slug}` is not the name of a project in `{shown}`."),
    phrase("`{slug}` is not the name of an organization in `{shown}`."),
)
"""From the nearest owner outwards."""


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
            says("`{version}` is not a version of a service in `{shown}`.", version=version[:40], shown=shown),
            hint=says("A version is a whole number from 1, for example core/http@1."),
        )
    segments = path.split("/")
    if len(segments) > 3:
        raise InvalidInput(says("`{shown}` has more than three parts.", shown=shown), hint=says(_FORM))
    *owners, service = segments
    for wrong, slug in zip(_WRONG_OWNER, reversed(owners), strict=False):
        if not _SLUG.fullmatch(slug):
            raise InvalidInput(
                says(wrong, slug=slug[:40], shown=shown),
                hint=says("It starts with a small letter; then small letters, digits and hyphens.") + f" {says(_FORM)}",
            )
    if not service:
        raise InvalidInput(says("The name of the service is missing in `{shown}`.", shown=shown), hint=says(_FORM))
    if not _SERVICE_NAME.fullmatch(service):
        raise InvalidInput(
            says("`{service}` is not the name of a service in `{shown}`.", service=service[:40], shown=shown),
            hint=says("It starts with a small letter; then small letters, digits, hyphens and underscores.")
            + f" {says(_FORM)}",
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
