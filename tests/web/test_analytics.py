"""What dashboards are told: whole periods, buckets by the reader's clock, comparisons, tops, lists."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from analytics_rows import count, past_job
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_cast import Cast, execute

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics import period as periods
from tropeiro.web.analytics import queries
from tropeiro.web.analytics.metrics import Metric, Total, Verdict
from tropeiro.web.analytics.period import Compare, Period, Segment, Unit
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.projects.actions import create_project
from tropeiro.web.workflows.actions import save_workflow

UTC_ZONE, PAULISTA = ZoneInfo("UTC"), ZoneInfo("America/Sao_Paulo")
STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'
in_the_database = pytest.mark.django_db


def hours_ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def by_metric(totals: tuple[Total, ...]) -> dict[Metric, Total]:
    return {total.metric: total for total in totals}


class TestPeriods:
    now = datetime(2026, 3, 10, 15, 40, tzinfo=UTC)

    def test_seven_days_are_today_and_the_six_before_by_the_readers_clock(self) -> None:
        period = periods.last_days(7, self.now, PAULISTA)
        assert period.start == datetime(2026, 3, 4, 3, tzinfo=UTC)
        assert period.end == self.now
        assert (len(period.buckets), period.unit) == (6 * 24 + 13, Unit.HOUR)

    def test_a_month_is_cut_into_days(self) -> None:
        period = periods.last_days(28, self.now, PAULISTA)
        assert [len(period.buckets), period.buckets[0].hour, period.buckets[-1].day] == [28, 0, 10]
        assert period.bucket_end(period.buckets[0]) == period.buckets[1]

    def test_what_is_compared_with_ends_at_the_same_moment_of_its_day(self) -> None:
        before = periods.last_days(7, self.now, PAULISTA).before(Compare.PREVIOUS)
        assert before is not None
        assert (before.start, before.end) == (
            datetime(2026, 2, 25, 3, tzinfo=UTC), datetime(2026, 3, 3, 15, 40, tzinfo=UTC),
        )  # fmt: skip
        year = periods.last_days(7, self.now, PAULISTA).before(Compare.YEAR)
        assert year is not None
        assert year.end == datetime(2025, 3, 10, 15, 40, tzinfo=UTC)
        assert periods.last_days(7, self.now, PAULISTA).before(Compare.NONE) is None

    def test_a_leap_day_is_compared_with_the_day_before_it(self) -> None:
        year = periods.between(date(2024, 2, 29), date(2024, 2, 29), self.now, UTC_ZONE).before(Compare.YEAR)
        assert year is not None
        assert year.start.date() == date(2023, 2, 28)

    def test_a_day_on_which_the_clocks_change_has_the_hours_that_it_has(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        shorter = periods.between(date(2026, 3, 29), date(2026, 3, 29), datetime(2026, 4, 2, tzinfo=UTC), berlin)
        longer = periods.between(date(2025, 10, 26), date(2025, 10, 26), self.now, berlin)
        assert (len(shorter.buckets), len(longer.buckets)) == (23, 25)

    def test_bounds_in_the_wrong_order_and_in_the_future_are_put_right(self) -> None:
        period = periods.between(date(2026, 4, 1), date(2026, 3, 9), self.now, UTC_ZONE)
        assert (period.start, period.end) == (datetime(2026, 3, 9, tzinfo=UTC), self.now)
        assert periods.between(date(2020, 1, 1), date(2026, 3, 9), self.now, UTC_ZONE).days == periods.MOST_DAYS

    def test_a_long_period_is_read_as_days_with_hours_around_them(self) -> None:
        period = periods.last_days(28, self.now, PAULISTA)
        assert period.segments(self.now) == (
            Segment("hour", datetime(2026, 2, 11, 3, tzinfo=UTC), datetime(2026, 2, 12, tzinfo=UTC)),
            Segment("day", datetime(2026, 2, 12, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)),
            Segment("hour", datetime(2026, 3, 10, tzinfo=UTC), self.now),
        )

    def test_the_last_day_is_compared_to_the_minute_and_an_older_one_to_the_nearest_hour(self) -> None:
        day = periods.last_24_hours(self.now, UTC_ZONE).before(Compare.PREVIOUS)
        assert day is not None
        assert day.segments(self.now)[-1] == Segment(
            "minute", self.now.replace(day=9, minute=0), self.now.replace(day=9)
        )
        week = periods.last_days(7, self.now, UTC_ZONE).before(Compare.PREVIOUS)
        assert week is not None
        assert week.segments(self.now)[-1].end == datetime(2026, 3, 3, 16, tzinfo=UTC)

    @pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham"])
    def test_segments_cover_each_hour_once_in_any_zone(self, zone: str) -> None:
        period = periods.last_days(28, self.now, ZoneInfo(zone))
        segments = period.segments(self.now)
        assert all(one.end == other.start for one, other in itertools.pairwise(segments))
        assert segments[0].start <= period.start < segments[0].start + timedelta(hours=1)


@in_the_database
def test_numbers_are_those_of_the_period_and_of_the_one_before(cast: Cast) -> None:
    for hours in (1, 2, 3):
        past_job(cast.alice, hours_ago(hours), seconds=10)
    past_job(cast.alice, hours_ago(4), "failed", seconds=60)
    for hours in (30, 31):
        past_job(cast.alice, hours_ago(hours), seconds=5)
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)
    found = by_metric(queries.totals(cast.alice, Scope(), period, Compare.PREVIOUS))
    assert (found[Metric.JOBS].value, found[Metric.JOBS].before, found[Metric.JOBS].change) == (4, 2, 1.0)
    assert (found[Metric.SUCCESS].value, found[Metric.SUCCESS].before) == (0.75, 1.0)
    assert found[Metric.P50].value == pytest.approx(10, rel=0.048)
    assert found[Metric.P95].value == pytest.approx(60, rel=0.048)
    assert found[Metric.STEPS].value == 4
    assert [found[metric].verdict for metric in Metric] == [
        Verdict.GOOD, Verdict.BAD, Verdict.BAD, Verdict.BAD, Verdict.SAME,
    ]  # fmt: skip


@in_the_database
def test_every_bucket_is_there_and_days_are_the_readers(cast: Cast) -> None:
    now = timezone.now()
    midnight = periods.midnight(now.astimezone(PAULISTA).date() - timedelta(days=3), PAULISTA)
    past_job(cast.alice, midnight + timedelta(minutes=5), seconds=1)
    past_job(cast.alice, midnight - timedelta(minutes=5), seconds=1)
    count()
    points = queries.series(cast.alice, Scope(), periods.last_days(28, now, PAULISTA), Compare.PREVIOUS)
    assert len(points) == 28
    assert {point.start.date(): point.counts.started for point in points if point.counts.started} == {
        midnight.date(): 1, midnight.date() - timedelta(days=1): 1,
    }  # fmt: skip
    assert all(point.before is not None and point.before.started == 0 for point in points)


@in_the_database
def test_buckets_and_totals_add_up_to_the_same_in_any_zone(cast: Cast) -> None:
    for hours in range(0, 24 * 6, 5):
        past_job(cast.alice, hours_ago(hours + 0.1), seconds=1)
    count()
    for zone in (UTC_ZONE, PAULISTA, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Chatham")):
        for days in (7, 28):
            period = periods.last_days(days, timezone.now(), zone)
            total = queries.counts(cast.alice, Scope(), period).started
            assert total == sum(point.counts.started for point in queries.series(cast.alice, Scope(), period))
            assert total >= 27


@in_the_database
def test_the_chips_leave_what_they_name(cast: Cast) -> None:
    project = create_project(cast.alice, "p")
    workflow = UUID(str(save_workflow(cast.alice, "w", STEPS).id))
    ((version, number),) = execute(
        "SELECT id, version FROM tropeiro_workflow_version WHERE workflow_id = %s", [_workflow(workflow)]
    )
    past_job(cast.alice, hours_ago(1), project=project, name="p/x@1", trigger="schedule")
    past_job(cast.alice, hours_ago(1), "failed", name="w@1", workflow_version=version)
    past_job(cast.alice, hours_ago(1), "cancelled", name="w@1", workflow_version=version)
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)

    def jobs(**chips: Any) -> float | None:
        scope = Scope(**chips)
        return by_metric(queries.totals(cast.alice, scope, period))[Metric.JOBS].value

    assert jobs() == 3
    assert jobs(project=project) == 1
    assert jobs(projectless=True) == 2
    assert jobs(trigger="schedule") == 1
    assert jobs(trigger="schedule", projectless=True) == 0
    assert jobs(project=project, trigger="schedule") == 1
    assert jobs(workflow=_workflow(workflow)) == 2
    assert jobs(workflow=_workflow(workflow), version=number) == 2
    assert jobs(workflow=_workflow(workflow), version=number + 1) == 0
    assert jobs(version=1) == 3
    assert jobs(status=JobState.FAILED) == 1
    assert jobs(status=JobState.CANCELLED, workflow=_workflow(workflow)) == 1


def _workflow(id_: UUID) -> UUID:
    """The workflow of an id of its own or of its version."""
    rows = execute("SELECT workflow_id FROM tropeiro_workflow_version WHERE id = %s", [id_])
    return UUID(str(rows[0][0])) if rows else id_


@in_the_database
def test_more_failures_are_worse_and_more_jobs_are_better(cast: Cast) -> None:
    assert Total(Metric.JOBS, 2, 1).verdict is Verdict.GOOD
    assert Total(Metric.JOBS, 2, 1, JobState.FAILED).verdict is Verdict.BAD
    assert Total(Metric.P95, 1, 2).verdict is Verdict.GOOD
    assert Total(Metric.SUCCESS, 0.9, 0.95).change == pytest.approx(-0.05)
    assert Total(Metric.JOBS, 2, 0).change is None
    assert Total(Metric.JOBS, 2, None).verdict is Verdict.SAME


@in_the_database
def test_what_ran_most_stands_on_top(cast: Cast) -> None:
    project = create_project(cast.alice, "shop")
    for hours in (1, 2, 3):
        past_job(cast.alice, hours_ago(hours), name=f"shop/orders@{hours}", project=project, seconds=4)
    past_job(cast.alice, hours_ago(1), "failed", name="report@1", uses="acme/shop/find@2", seconds=8)
    past_job(cast.alice, hours_ago(2), name="report@1", uses="acme/shop/find@2", seconds=2, billed=True)
    past_job(cast.alice, hours_ago(30), name="report@1")
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)
    orders, report = queries.top_automations(cast.alice, Scope(), period, Compare.PREVIOUS)
    assert (orders.name, orders.counts.started, orders.jobs.before) == ("shop/orders", 3, 0)
    assert orders.p95 is not None
    assert orders.p95.total_seconds() == pytest.approx(4, rel=0.048)
    assert (report.name, report.counts.success, report.jobs.before, report.jobs.change) == ("report", 0.5, 1, 1.0)
    (failed,) = queries.top_automations(cast.alice, Scope(status=JobState.FAILED), period)
    assert (failed.name, failed.jobs.value, failed.before) == ("report", 1, None)
    (service,) = queries.services_and_usage(cast.alice, Scope(), period)[0]
    assert (service.service, service.calls, service.failed, service.success) == ("acme/shop/find", 2, 1, 0.5)
    (used,) = queries.services_and_usage(cast.alice, Scope(), period, Compare.PREVIOUS)[1]
    assert (used.billed, used.before) == (1, 0)
    first, second = queries.by_project(cast.alice, Scope(), period)
    assert (first.project, first.slug, first.counts.started) == (project, "shop", 3)
    assert (second.project, second.counts.started) == (None, 2)


@in_the_database
def test_one_service_has_its_calls_and_errors(cast: Cast) -> None:
    past_job(cast.alice, hours_ago(1), uses="acme/shop/find@2", seconds=1)
    past_job(cast.alice, hours_ago(1), "failed", uses="acme/shop/find@2", error={"code": "http_503", "message": "m"})
    past_job(cast.alice, hours_ago(1), uses="acme/shop/find@3", seconds=1)
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)
    found = by_metric(queries.call_totals(cast.alice, "acme/shop/find", period, Compare.PREVIOUS))
    assert (found[Metric.JOBS].value, found[Metric.JOBS].before) == (3, 0)
    assert found[Metric.SUCCESS].value == pytest.approx(2 / 3)
    one = by_metric(queries.call_totals(cast.alice, "acme/shop/find", period, version=3))
    assert one[Metric.JOBS].value == 1
    points = queries.call_series(cast.alice, "acme/shop/find", period)
    assert (len(points), sum(point.counts.started for point in points)) == (24, 3)
    (error,) = queries.call_errors(cast.alice, "acme/shop/find", period)
    assert (error.code, error.calls) == ("http_503", 1)


@in_the_database
def test_failures_are_grouped_and_the_newest_is_the_example(cast: Cast) -> None:
    for n in (3, 2, 1):
        error = {"code": "http_503", "message": f"Order {n} was refused."}
        newest = past_job(cast.alice, hours_ago(n), "failed", error=error, name=f"r{n}@1")
    past_job(cast.alice, hours_ago(4), "failed", error={"code": "boom", "message": "Other."})
    past_job(cast.alice, hours_ago(40), "failed", error={"code": "old", "message": "Old."})
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)
    group, other = queries.latest_failures(cast.alice, Scope(), period)
    assert (group.code, group.message, group.failures, group.automations, group.last_job) == (
        "http_503", "Order 1 was refused.", 3, 3, newest,
    )  # fmt: skip
    assert (other.code, other.failures) == ("boom", 1)


@in_the_database
def test_lists_get_the_numbers_of_all_their_rows_in_one_statement(cast: Cast) -> None:
    full, empty = create_project(cast.alice, "full"), create_project(cast.alice, "empty")
    version = UUID(str(save_workflow(cast.alice, "w", STEPS).id))
    workflow = _workflow(version)
    ((version,),) = execute("SELECT id FROM tropeiro_workflow_version WHERE workflow_id = %s", [workflow])
    for days in (0, 0, 1, 9):
        at = hours_ago(24 * days + 0.05)
        past_job(cast.alice, at, project=full, workflow_version=version, seconds=3, uses="acme/full/s@1", billed=True)
    failed = past_job(cast.alice, hours_ago(0.02), "failed", project=full, workflow_version=version)
    count()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = queries.project_stats(cast.alice, [full, empty])
    assert len([one for one in asked if "tropeiro_rollup" in one["sql"]]) == 1
    stats = found[full]
    assert (stats.jobs, stats.succeeded, stats.failed, stats.billed) == (4, 3, 1, 3)
    assert (len(stats.spark), sum(stats.spark)) == (7, 4)
    assert stats.last_failed_job == failed
    assert stats.success == 0.75
    assert (found[empty].jobs, found[empty].spark, found[empty].success) == (0, (0,) * 7, None)
    of_workflow = queries.workflow_stats(cast.alice, [workflow])[workflow]
    assert (of_workflow.jobs, of_workflow.failed) == (4, 1)
    assert [one.state for one in of_workflow.outcomes] == [JobState.SUCCEEDED] * 4 + [JobState.FAILED]
    assert of_workflow.outcomes[-1].job == failed
    assert of_workflow.p95 is not None
    assert of_workflow.p95.total_seconds() == pytest.approx(3, rel=0.048)
    assert queries.automation_stats(cast.alice, [workflow])[workflow].jobs == 0
    assert queries.project_stats(cast.alice, []) == {}


@in_the_database
def test_calls_of_services_are_told_by_the_service(cast: Cast) -> None:
    ((core, _),) = execute(
        "SELECT s.id, s.name FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id"
        " JOIN tropeiro_organization o ON o.id = s.organization_id WHERE o.slug = 'house' AND s.name = 'set'"
    )
    past_job(cast.alice, hours_ago(0.1), uses="house/core/set@1", seconds=1)
    past_job(cast.alice, hours_ago(0.1), "failed", uses="house/core/set@1", seconds=1)
    count()
    stats = queries.service_stats(cast.alice, [core])[core]
    assert (stats.jobs, stats.succeeded, stats.failed) == (2, 1, 1)
    assert stats.last_failure is not None


@in_the_database
def test_what_goes_on_is_counted_by_state(cast: Cast) -> None:
    project = create_project(cast.alice, "p")
    past_job(cast.alice, hours_ago(0.1), "running", project=project)
    past_job(cast.alice, hours_ago(0.1), "queued")
    past_job(cast.alice, hours_ago(0.1), "paused")
    now = queries.running_now(cast.alice)
    assert (now.running, now.queued, now.waiting, now.paused, now.open, now.ready) == (1, 1, 0, 1, 3, 0)
    assert queries.running_now(cast.alice, project).open == 1
    assert len(queries.open_jobs(cast.alice)) == 3
    (one,) = queries.open_jobs(cast.alice, project)
    assert one.state is JobState.RUNNING
    count(1)
    points = queries.minutes(cast.alice, zone=UTC_ZONE)
    assert (len(points), sum(point.counts.started for point in points)) == (30, 3)


@in_the_database
def test_another_organization_sees_nothing_of_it(cast: Cast) -> None:
    project = create_project(cast.alice, "p")
    past_job(cast.alice, hours_ago(1), "failed", project=project, uses="acme/shop/find@1")
    past_job(cast.alice, hours_ago(1), "running", project=project)
    count()
    period = periods.last_24_hours(timezone.now(), UTC_ZONE)
    outsider, scope = cast.charlie, Scope()
    assert queries.counts(outsider, scope, period).started == 0
    assert queries.counts(outsider, Scope(project=project), period).started == 0
    for read in (queries.top_automations, queries.by_project, queries.latest_failures):
        assert read(outsider, scope, period) == ()
    assert queries.services_and_usage(outsider, scope, period) == ((), ())
    assert queries.call_totals(outsider, "acme/shop/find", period)[0].value == 0
    assert queries.project_stats(outsider, [project])[project].jobs == 0
    assert queries.running_now(outsider).open == 0
    assert queries.open_jobs(outsider) == ()


def test_a_bucket_that_is_not_of_a_period_has_an_end_all_the_same() -> None:
    period = Period(
        start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC), unit=Unit.MINUTE, zone=UTC_ZONE,
        days=1,
    )  # fmt: skip
    assert period.bucket_end(period.start) == period.start + timedelta(minutes=1)


@in_the_database
@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Chatham"])
def test_durations_of_days_are_those_of_their_hours(cast: Cast, zone: str) -> None:
    now = timezone.now()
    for hours in range(0, 24 * 25, 5):
        past_job(cast.alice, hours_ago(hours + 0.1), "failed" if hours % 3 == 0 else "succeeded", seconds=1 + hours % 7)
    count()
    for period in (
        periods.last_days(12, now, ZoneInfo(zone)),
        periods.between((now - timedelta(days=20)).date(), (now - timedelta(days=4)).date(), now, ZoneInfo(zone)),
    ):
        points = queries.series(cast.alice, Scope(), period, Compare.PREVIOUS, durations=True)
        assert sum(one.counts.started for one in points) > 20
        for start, counts in ((one.start, one.counts) for one in points):
            # A day begins with the hour in which its midnight falls.
            hour = periods.floor(start, periods.HOUR)
            end = min(periods.floor(period.bucket_end(start), periods.HOUR), period.end)
            hourly = Period(start=hour, end=end, unit=Unit.HOUR, zone=period.zone, days=1)
            assert counts.good == queries.counts(cast.alice, Scope(), hourly).good
        assert sum(sum(one.before.good.values()) for one in points if one.before) == sum(
            one.before.succeeded + one.before.failures for one in points if one.before
        )
