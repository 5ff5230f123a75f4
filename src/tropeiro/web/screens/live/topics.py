"""What can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JobTopic:
    """One job: its state, its steps, its log."""

    job: UUID


@dataclass(frozen=True, slots=True)
class OrganizationTopic:
    """All jobs of an organization, and their logs."""

    organization: UUID


@dataclass(frozen=True, slots=True)
class WorkersTopic:
    """The workers of the platform. Nobody tells of them: who follows them looks every few seconds (`Watch.every`)."""


Topic = JobTopic | OrganizationTopic | WorkersTopic
