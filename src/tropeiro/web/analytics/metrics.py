"""What a chart and its tabs show: values, how they changed, and whether that is good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.histogram import added, quantile


class Metric(StrEnum):
    """What a chart shows."""

    JOBS = "jobs"
    SUCCESS = "success"
    P50 = "p50"
    P95 = "p95"
    STEPS = "steps"


class Verdict(StrEnum):
    """Whether a change is for the better."""

    GOOD = "good"
    BAD = "bad"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted of jobs, or of calls, in some stretch of time. Durations are in histograms by bucket."""

    started: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    cancelled: int = 0
    steps: int = 0
    retries: int = 0
    good: Mapping[int, int] = field(default_factory=dict)
    bad: Mapping[int, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Failed or timed out."""
        return self.failed + self.timed_out

    @property
    def success(self) -> float | None:
        """The part that succeeded of what came to an end by itself; ``None`` when nothing did."""
        ended = self.succeeded + self.failures
        return self.succeeded / ended if ended else None

    def jobs(self, status: JobState | None = None) -> int:
        """How many started; with a ``status``, how many ended so."""
        return int(getattr(self, status.value)) if status is not None else self.started

    def duration(self, part: float, status: JobState | None = None) -> timedelta | None:
        """A quantile of how long it took, of those that ended as ``status``, else of all that came to an end."""
        if status is JobState.SUCCEEDED:
            return quantile(self.good, part)
        if status in (JobState.FAILED, JobState.TIMED_OUT):
            return quantile(self.bad, part)
        return None if status is not None else quantile(added(self.good, self.bad), part)

    def value(self, metric: Metric, status: JobState | None = None) -> float | None:
        """A number: jobs and steps counted, success from 0 to 1, durations in seconds."""
        if metric is Metric.JOBS:
            return self.jobs(status)
        if metric is Metric.STEPS:
            return self.steps
        if metric is Metric.SUCCESS:
            return self.success
        length = self.duration(0.5 if metric is Metric.P50 else 0.95, status)
        return None if length is None else length.total_seconds()


@dataclass(frozen=True, slots=True)
class Total:
    """A metric over a whole period, and over the one that it is compared with."""

    metric: Metric
    value: float | None
    before: float | None
    status: JobState | None = None

    @property
    def change(self) -> float | None:
        """By which part it grew (0.1 for a tenth); of success, the difference. ``None`` when unknown."""
        if self.value is None or self.before is None:
            return None
        if self.metric is Metric.SUCCESS:
            return self.value - self.before
        return (self.value - self.before) / self.before if self.before else None

    @property
    def verdict(self) -> Verdict:
        """Whether the change is good: more jobs and successes are, longer durations and more failures are not."""
        change = self.change
        if change is None or abs(change) < 0.0005 or self.metric is Metric.STEPS:
            return Verdict.SAME
        unwanted = self.metric in (Metric.P50, Metric.P95) or (
            self.metric is Metric.JOBS and self.status not in (None, JobState.SUCCEEDED)
        )
        return Verdict.BAD if (change > 0) == unwanted else Verdict.GOOD


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a chart."""

    start: datetime
    counts: Counts
    before: Counts | None = None
    """Of the bucket in the same place of the period that is compared with."""
