"""What the demonstration's automations are like: how often they run, how long their steps take, and how they fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OFFICE = (0.1,) * 6 + (0.3, 0.8, 1.6, 2.1, 2.2, 1.9, 1.3, 1.8, 2.1, 2.0, 1.7, 1.2, 0.7, 0.4, 0.3, 0.2, 0.2, 0.1)
"""By the hour of the day: as people work."""
ROUND_THE_CLOCK = (0.8,) * 6 + (
    0.9,
    1.0,
    1.1,
    1.2,
    1.2,
    1.2,
    1.1,
    1.2,
    1.2,
    1.1,
    1.1,
    1.0,
    1.0,
    0.9,
    0.9,
    0.9,
    0.8,
    0.8,
)
NIGHTLY = (0.0, 0.0, 6.0, 9.0, 6.0, 3.0) + (0.0,) * 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step of the workflow."""

    id: str
    uses: str = ""
    """``project/service``; empty for a step that only groups."""
    seconds: float = 0.0
    """Median of what a call takes."""
    inner: str = ""
    """Id of the step that is done for each item; the items are calls of ``uses``."""
    items: tuple[int, int] = (0, 0)
    """How many items, from and to."""
    at_once: int = 1
    billable: bool = True
    skipped: bool = False
    """A step whose condition is hardly ever true."""
    line: str = ""
    """What the service logs; ``{n}`` is a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A way to fail."""

    step: str
    share: float
    """Of all jobs."""
    code: str
    message: str
    """``{n}`` is a number."""
    retried: int = 0
    """Attempts before the job gives up; most of the time the last one succeeds instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """An automation of the demonstration, as its history tells of it."""

    reference: str
    per_day: float
    hours: tuple[float, ...]
    weekend: float
    """Share of a working day."""
    triggers: tuple[tuple[str, float], ...]
    """How jobs start, with weights."""
    moves: tuple[Move, ...]
    failures: tuple[Failure, ...]
    inputs: tuple[dict[str, Any], ...]
    output: dict[str, Any]
    growth: float = 0.002
    """More jobs a day, as a share."""


COURSES = (
    Course(
        reference="marketing/campaign-report",
        per_day=95,
        hours=OFFICE,
        weekend=0.35,
        triggers=(("schedule", 7), ("manual", 2), ("api", 1)),
        moves=(
            Move(id="campaigns", uses="marketing/campaigns", seconds=0.5, line="campaigns found: {n}"),
            Move(
                id="each",
                inner="spend",
                uses="marketing/spend",
                seconds=0.32,
                items=(4, 12),
                at_once=4,
                line="spend fetched for c-{n}",
            ),
            Move(id="roas", uses="marketing/roas", seconds=0.03),
        ),
        failures=(
            Failure(step="campaigns", share=0.006, code="unauthorized", message="The access token has expired."),
            Failure(
                step="each",
                share=0.02,
                code="rate_limited",
                message="Too many requests: wait {n} s and try again.",
                retried=3,
            ),
        ),
        inputs=({"days": 7}, {"days": 28}, {"days": 1}),
        output={"total": {"cost": 18423.5, "revenue": 40871.12, "roas": 2.218}},
        growth=0.004,
    ),
    Course(
        reference="fiscal/issue-invoice",
        per_day=240,
        hours=OFFICE,
        weekend=0.05,
        triggers=(("api", 9), ("manual", 1)),
        moves=(
            Move(id="check", uses="fiscal/check", seconds=0.18, line="order checked: {n}"),
            Move(id="approve", skipped=True),
            Move(id="issue", uses="fiscal/issue", seconds=0.9, line="authority answered in {n} ms"),
            Move(id="log", uses="core/log", seconds=0.005, billable=False, line="invoice issued"),
        ),
        failures=(
            Failure(step="check", share=0.009, code="invalid_customer", message="Order {n} names no customer."),
            Failure(
                step="issue",
                share=0.016,
                code="authority_unavailable",
                message="The authority answered 503 Service Unavailable.",
                retried=5,
            ),
        ),
        inputs=({"number": "2026-0117", "customer": "Casa Aurora", "amount": 1250.4},),
        output={"key": "35261101234567000199550010000001171000001178"},
        growth=0.003,
    ),
    Course(
        reference="sales/sync-contacts",
        per_day=48,
        hours=ROUND_THE_CLOCK,
        weekend=1.0,
        triggers=(("schedule", 1),),
        moves=(
            Move(id="changed", uses="sales/changed", seconds=0.25, line="contacts changed: {n}"),
            Move(id="upsert", uses="sales/upsert", seconds=0.14, items=(1, 16), at_once=8),
        ),
        failures=(
            Failure(
                step="changed", share=0.004, code="timeout", message="The CRM did not answer within 30 s.", retried=2
            ),
        ),
        inputs=({"minutes": 30},),
        output={"contacts": 11},
        growth=0.0,
    ),
    Course(
        reference="logistics/stock-count",
        per_day=26,
        hours=ROUND_THE_CLOCK,
        weekend=0.8,
        triggers=(("schedule", 6), ("manual", 1)),
        moves=(
            Move(
                id="count",
                uses="logistics/stock",
                seconds=2.4,
                items=(4, 4),
                at_once=2,
                line="warehouse counted: {n} products",
            ),
            Move(id="total", uses="core/set", seconds=0.004, billable=False),
        ),
        failures=(
            Failure(
                step="count", share=0.045, code="scanner_offline", message="Scanner {n} has not reported for an hour."
            ),
        ),
        inputs=({"warehouses": ["POA-1", "CWB-1", "GRU-1", "GRU-2"]},),
        output={"products": 8211, "to_order": 97},
        growth=-0.001,
    ),
    Course(
        reference="nightly-closing",
        per_day=8,
        hours=NIGHTLY,
        weekend=1.0,
        triggers=(("schedule", 1),),
        moves=(
            Move(id="stock", uses="logistics/stock-count", seconds=5.2, billable=False),
            Move(id="parcels", uses="logistics/track", seconds=0.12, items=(3, 9), at_once=4),
        ),
        failures=(
            Failure(step="stock", share=0.03, code="child_failed", message="The automation it called has failed."),
        ),
        inputs=({},),
        output={"parcels": 6},
    ),
)

NIGHTLY_CLOSING = """{
  "schema": "tropeiro/v1",
  "name": "nightly-closing",
  "description": "Counts the stock and looks where the open parcels are.",
  "steps": [
    {"id": "stock", "name": "Count the stock", "uses": "logistics/stock-count@1", "with": {}},
    {"id": "parcels", "name": "Each open parcel", "foreach": "{{ ['BR-1', 'BR-2', 'BR-3', 'BR-4'] }}", "concurrency": 4,
     "uses": "logistics/track@1", "with": {"parcel": "{{ item }}"}}
  ],
  "output": {"parcels": "{{ steps.parcels.output | length }}"}
}
"""
"""The organization's own workflow: it stands in no project, and calls what is public."""
