"""Whether anybody works."""

from __future__ import annotations

import psycopg

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.server_check import place

_ALIVE = "SELECT count(*) FROM tropeiro_worker WHERE state = 'up' AND lease_until > clock_timestamp()"


def workers_alive(url: str) -> int:
    """How many worker processes take packets now, on whatever machines. Raises `PlatformUnavailable`."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            row = connection.execute(_ALIVE).fetchone()
    except psycopg.OperationalError as problem:
        raise PlatformUnavailable(f"The database at {place(url)} cannot be reached.") from problem
    return int(row[0]) if row else 0
