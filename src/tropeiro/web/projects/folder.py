"""A project's folder, read: what ``apply`` brings into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tropeiro.executors.bundles import make_bundle
from tropeiro.executors.discovery import discover
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.sdk import ServiceDefinition
from tropeiro.sdk.project_file import ProjectFile, missing_requirements, read_project_file


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """Everything that a project's folder says."""

    file: ProjectFile
    services: tuple[ServiceDefinition, ...]
    """The functions that its Python modules declare."""
    bundle: tuple[str, bytes]
    """SHA-256 (hex) and content of its code."""
    documents: Mapping[str, str]
    """Text of every automation's workflow, by the automation's name."""


def read_folder(folder: Path) -> ProjectFolder:
    """Read a project's folder. Imports its Python modules, so their top-level code runs.

    Raises `NotFound`, `ProjectFileInvalid`, `BundleInvalid`, `ServiceUnloadable`, and `PlatformUnavailable` when the
    environment lacks what the project requires.
    """
    file = read_project_file(folder)
    missing = missing_requirements(file)
    if missing:
        raise PlatformUnavailable(
            f"Project {file.name} needs Python packages that are not here: {', '.join(missing)}.",
            hint="Install them into the environment that Tropeiro runs in, on every machine with a worker.",
        )
    documents = {entry.name: (folder / entry.workflow).read_text(encoding="utf-8") for entry in file.automations}
    return ProjectFolder(file, discover(folder), make_bundle(folder), documents)
