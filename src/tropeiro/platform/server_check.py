"""A look at the database server before anything relies on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tropeiro.kernel.errors import PlatformUnavailable

LEAST_MAJOR = 15
"""The oldest PostgreSQL that an own server (``DATABASE_URL``) may have."""
CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a server says of itself."""

    version: str
    major: int
    settings: dict[str, str]
    """``fsync``, ``synchronous_commit``, ``full_page_writes``, ``max_connections``."""
    clock_ahead: timedelta
    """How much the server's clock is ahead of ours, not more exact than one round trip."""
    superuser: bool
    """Whether our role is above row-level security."""


def server_facts(url: str) -> ServerFacts:
    """Connect and look. Raises `PlatformUnavailable` when the server cannot be reached or is too old."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            before = datetime.now(UTC)
            row = connection.execute(
                """
                SELECT clock_timestamp(), current_setting('server_version'), current_setting('server_version_num')::int,
                       current_setting('fsync'), current_setting('synchronous_commit'),
                       current_setting('full_page_writes'), current_setting('max_connections'),
                       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
                """
            ).fetchone()
            after = datetime.now(UTC)
    except psycopg.OperationalError as problem:
        raise PlatformUnavailable(
            f"The database at {place(url)} cannot be reached: {_reason(problem)}",
            hint="Check DATABASE_URL and the server, or unset DATABASE_URL to use the embedded database.",
        ) from problem
    if row is None:
        raise PlatformUnavailable(f"The database at {place(url)} gave no answer.")
    clock, version, number, fsync, commit, pages, connections, superuser = row
    if number // 10_000 < LEAST_MAJOR:
        raise PlatformUnavailable(
            f"The database at {place(url)} is PostgreSQL {version}; {LEAST_MAJOR} or newer is needed.",
            hint="Upgrade the server, or unset DATABASE_URL to use the embedded database.",
        )
    return ServerFacts(
        version=version,
        major=number // 10_000,
        settings={
            "fsync": fsync,
            "synchronous_commit": commit,
            "full_page_writes": pages,
            "max_connections": connections,
        },
        clock_ahead=clock - (before + (after - before) / 2),
        superuser=superuser,
    )


def place(url: str) -> str:
    """Where a database is, without its password: ``host:port/name``."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "DATABASE_URL"
    host = str(parts.get("host") or "the local socket")
    port = f":{parts['port']}" if parts.get("port") and not host.startswith("/") else ""
    return f"{host}{port}/{parts.get('dbname') or ''}"


def _reason(problem: psycopg.Error) -> str:
    # libpq tells one line for each address it tried; the last one is the one that matters.
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[-1] if lines else type(problem).__name__
