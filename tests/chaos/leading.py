"""Which worker leads the duties: told by the ports of its sessions, so the workers must come by TCP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from chaos.house import House, Stage
from chaos.listening import free_port
from chaos.workers import Place

_PORTS = """
SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'tropeiro worker'
"""


@contextmanager
def stage_by_tcp(house: House, name: str) -> Iterator[tuple[Stage, str]]:
    """A stage whose server listens on TCP too, and the way to it."""
    port = free_port()
    with house.stage(name, {"listen_addresses": "'127.0.0.1'", "port": str(port)}) as stage:
        yield stage, f"postgresql://tropeiro@127.0.0.1:{port}/tropeiro"


def leader(stage: Stage) -> Place | None:
    """The place of the worker that leads now."""
    ports = {row[0] for row in stage.outside.rows(_PORTS)}
    for place in stage.troupe.places:
        if place.alive:
            sessions = psutil.Process(place.pid).net_connections("tcp")
            if any(one.laddr and one.laddr.port in ports for one in sessions):
                return place
    return None
