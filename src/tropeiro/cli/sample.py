"""The sample project, which comes with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tropeiro.config import Config
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.web.credentials.queries import list_credentials
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import Diff, apply
from tropeiro.web.projects.folder import read_folder
from tropeiro.web.projects.queries import list_projects

PROJECT = "google-analytics"
REPORT = f"{PROJECT}/report"
INPUTS = {"property": "properties/1234", "days": 28}


def apply_sample(member: Member) -> Diff:
    """Bring the sample project to what the package has. Raises `PlatformUnavailable` without the extra ``samples``."""
    return apply(member, read_folder(Path(str(files("tropeiro.samples.google_analytics")))))


def names_sample(reference: str) -> bool:
    """Whether a reference is into the sample project."""
    try:
        ref = parse_service_ref(reference)
    except InvalidInput:
        return False
    return ref.project == PROJECT and ref.organization is None


def has_sample(member: Member) -> bool:
    """Whether the organization has a project of the sample's name."""
    return any(row.slug == PROJECT for row in list_projects(member))


def wants_emulator(config: Config, member: Member) -> bool:
    """Whether there is nothing real that the sample could ask: no credential of the organization's, no endpoint."""
    return not config.ga_endpoint and not list_credentials(member)
