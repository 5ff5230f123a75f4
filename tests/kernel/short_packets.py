"""Short ways to make packets in tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tropeiro.kernel.packet import Packet, Scope
from tropeiro.kernel.route import make_route

JOB, ORGANIZATION, PROJECT = UUID(int=1), UUID(int=2), UUID(int=3)
NOW_MS = 1_700_000_000_000
"""When every job of the driver starts: 2023-11-14T22:13:20Z."""


def packet_at(document: Any, step: int = 0, **fields: Any) -> Packet:
    """A packet that stands at a step of a document, its call to be made."""
    given = {"entered": True, "scope": Scope(inputs={}), **fields}
    return Packet(
        id=JOB, job=JOB, organization=ORGANIZATION, project=PROJECT, route=make_route(document), step=step,
        started_ms=NOW_MS, **given,
    )  # fmt: skip
