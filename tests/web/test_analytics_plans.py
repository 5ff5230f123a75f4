"""The plans of what dashboards ask: jobs themselves are touched by bounded look-ups along an index alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from analytics_rows import count, past_job
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_cast import Cast, execute

from tropeiro.web.analytics import period as periods
from tropeiro.web.analytics import queries
from tropeiro.web.analytics.period import Compare
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import create_project
from tropeiro.web.tenancy import tenant

pytestmark = pytest.mark.django_db

HISTORY = ("tropeiro_job", "tropeiro_step", "tropeiro_log", "tropeiro_usage", "tropeiro_packet")
QUARTER = periods.last_days(90, timezone.now(), ZoneInfo("America/Sao_Paulo"))
EVERYTHING, BEFORE = Scope(), Compare.PREVIOUS
OVER_ROLLUPS: dict[str, Callable[[Member], Any]] = {
    "totals": lambda member: queries.totals(member, EVERYTHING, QUARTER, BEFORE),
    "totals of a trigger": lambda member: queries.totals(member, Scope(trigger="manual"), QUARTER, BEFORE),
    "series": lambda member: queries.series(member, EVERYTHING, QUARTER, BEFORE, durations=True),
    "top automations": lambda member: queries.top_automations(member, EVERYTHING, QUARTER, BEFORE),
    "services and usage": lambda member: queries.services_and_usage(member, EVERYTHING, QUARTER, BEFORE),
    "failures": lambda member: queries.latest_failures(member, EVERYTHING, QUARTER),
    "projects": lambda member: queries.by_project(member, EVERYTHING, QUARTER, BEFORE),
    "offered": lambda member: queries.offered(member, QUARTER, BEFORE),
    "minutes": lambda member: queries.minutes(member, zone=ZoneInfo("UTC")),
    "calls": lambda member: queries.call_totals(member, "acme/shop/find", QUARTER, BEFORE),
    "rows of projects": lambda member: queries.project_stats(member, [member.organization]),
    "rows of workflows": lambda member: queries.workflow_stats(member, [member.organization]),
    "rows of services": lambda member: queries.service_stats(member, [member.organization]),
}
BOUNDED: dict[str, Callable[[Member], Any]] = {
    "running now": queries.running_now,
    "under way": queries.open_jobs,
    "anything yet": queries.anything_yet,
}


@pytest.fixture
def history(cast: Cast) -> None:
    project = create_project(cast.alice, "shop")
    for hours in range(0, 400, 7):
        past_job(cast.alice, timezone.now() - timedelta(hours=hours), project=project, uses="acme/shop/find@1")
    count()
    execute("ANALYZE tropeiro_job")
    execute("ANALYZE tropeiro_rollup")


def plans(member: Member, ask: Callable[[Member], Any]) -> Iterator[dict[str, Any]]:
    """Every node of the plans of what is asked, with the node above it as ``above``."""
    with CaptureQueriesContext(connection) as asked:
        ask(member)
    statements = [one["sql"] for one in asked if one["sql"].lstrip().startswith(("SELECT", "WITH"))]
    statements = [one for one in statements if "FROM" in one and "set_config" not in one]
    assert statements
    for statement in statements:
        with tenant(member.organization):
            execute("SET LOCAL enable_seqscan = off")
            ((plan,),) = execute("EXPLAIN (FORMAT JSON, COSTS OFF) " + statement.replace("%", "%%"), ())
        rest = [(plan[0]["Plan"], ())]
        while rest:
            node, above = rest.pop()
            yield {**node, "above": above}
            rest += [(child, (*above, node["Node Type"])) for child in node.get("Plans", [])]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("name", OVER_ROLLUPS)
def test_what_is_counted_is_read_from_the_rollups_alone(cast: Cast, name: str) -> None:
    read = {node["Relation Name"] for node in plans(cast.alice, OVER_ROLLUPS[name]) if "Relation Name" in node}
    assert any(relation.startswith("tropeiro_rollup") for relation in read)
    assert not {relation for relation in read if relation.startswith(HISTORY)}


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("name", BOUNDED)
def test_what_goes_on_is_looked_up_along_an_index_and_bounded(cast: Cast, name: str) -> None:
    touched = [
        node for node in plans(cast.alice, BOUNDED[name]) if str(node.get("Relation Name", "")).startswith(HISTORY)
    ]
    assert touched
    for node in touched:
        assert node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"), node
        assert name == "anything yet" or "Limit" in node["above"], node
