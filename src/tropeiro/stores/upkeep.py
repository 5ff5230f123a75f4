"""Upkeep of tables in PostgreSQL: `tropeiro.ports.upkeep.Upkeep`."""

from __future__ import annotations

import psycopg
from psycopg import sql

from tropeiro.ports.queue import QueueUnavailable
from tropeiro.postgres.link import Link
from tropeiro.sql import statement


class PostgresUpkeep:
    """Upkeep over the worker's connections; cleaning up has one of its own, for nobody knows how long it takes."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def move_front(self, most: int, *, everything: bool) -> int:
        rows = await self._link.rows(statement("upkeep", "move_front"), {"most": most, "everything": everything})
        return int(rows[0]["last"])

    async def swollen(self, dead: int) -> dict[str, int]:
        rows = await self._link.rows(statement("upkeep", "swollen"), {"dead": dead})
        return {row["table"]: row["dead"] for row in rows}

    async def sweep_sessions(self, rows: int) -> int:
        return int((await self._link.rows(statement("upkeep", "sweep_sessions"), {"rows": rows}))[0]["swept"])

    async def vacuum(self, table: str) -> None:
        connection = await self._link.own_connection()
        try:
            async with connection:
                # Giving the end of the file back would lock everybody out, and it is needed again in a moment.
                await connection.execute(
                    sql.SQL("VACUUM (SKIP_LOCKED, TRUNCATE false) {}").format(sql.Identifier(table))
                )
        except psycopg.OperationalError as error:
            raise QueueUnavailable(f"{table} could not be cleaned up: {error}") from error
