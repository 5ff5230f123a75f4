"""The scenarios, one a module, those that take longest first."""

from __future__ import annotations

from chaos.scenarios import churn, clocks, database, disk, guards, idle, network, poison, retention, schedulers, storm

ALL = (
    guards.SCENARIO,
    storm.SCENARIO,
    network.SCENARIO,
    database.SCENARIO,
    poison.SCENARIO,
    idle.SCENARIO,
    disk.SCENARIO,
    churn.SCENARIO,
    schedulers.SCENARIO,
    clocks.SCENARIO,
    retention.SCENARIO,
)
