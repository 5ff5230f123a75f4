"""The system's PostgreSQL, for a peer that needs extensions which the embedded one does not carry."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.peers.surroundings import CannotMeasureError, Place, needed
from tropeiro.platform.database import SETTINGS
from tropeiro.platform.system_user import SystemUser, server_user

WHAT = "postgresql and postgresql-contrib (Debian: apt-get install postgresql)"


def system_postgres(place: Place) -> str:
    """URL of a fresh server with the settings that ours has, and a superuser. Raises `CannotMeasureError`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    programs = found[-1] if found else Path(needed("initdb", WHAT)).parent
    cluster = place.folder / "postgresql"
    user = server_user(cluster, programs)
    cluster.mkdir(mode=0o700)
    user.own(cluster)
    _run(user, programs / "initdb", "--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D", cluster)
    conf = {
        **SETTINGS, "shared_buffers": "256MB", "unix_socket_directories": f"'{cluster}'", "listen_addresses": "''",
        "logging_collector": "off",
    }  # fmt: skip
    with (cluster / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {value}\n" for name, value in conf.items())
    place.stack.callback(_run, user, programs / "pg_ctl", "stop", "-w", "-m", "fast", "-D", cluster)
    _run(user, programs / "pg_ctl", "start", "-w", "-D", cluster, "-l", cluster / "log")
    url = f"postgresql://bench@/{{}}?host={quote(str(cluster), safe='')}"
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
    return url.format("bench")


def _run(user: SystemUser, *command: str | Path) -> None:
    done = user.run([str(part) for part in command], environ=dict(os.environ))
    if done.returncode != 0:
        raise CannotMeasureError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")
