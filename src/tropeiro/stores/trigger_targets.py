"""What triggers start, found for many at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from tropeiro.kernel.errors import NotFound, ProjectArchived, TropeiroError
from tropeiro.kernel.firing import Target
from tropeiro.kernel.packet import Route
from tropeiro.kernel.route import make_route, read_route
from tropeiro.kernel.service_ref import HOUSE
from tropeiro.kernel.single_call import single_call_document
from tropeiro.ports.executor import Automation, Implementation
from tropeiro.sql import statement

REMEMBERED = 500
"""Routes are kept compiled, so many at most."""

Connection = psycopg.AsyncConnection[dict[str, Any]]


class Targets:
    """Finds what triggers start; three queries at most, however many triggers."""

    def __init__(self) -> None:
        self._routes: OrderedDict[Any, Route | TropeiroError] = OrderedDict()

    async def find(self, connection: Connection, triggers: Sequence[UUID]) -> dict[UUID, Target | TropeiroError]:
        """By trigger: what it starts, or why there is nothing to start."""
        rows = await (
            await connection.execute(statement("triggers", "targets"), {"triggers": list(triggers)})
        ).fetchall()
        found: dict[UUID, Target | TropeiroError] = {}
        wanted: dict[UUID, tuple[dict[str, Any], Any]] = {}
        for row in rows:
            problem = _missing(row)
            if problem is not None:
                found[row["trigger_id"]] = problem
            else:
                wanted[row["trigger_id"]] = row, _route_key(row)
        routes = await self._known(connection, [key for _, key in wanted.values()])
        for trigger, (row, key) in wanted.items():
            route = routes[key]
            found[trigger] = route if isinstance(route, TropeiroError) else _target(row, route)
        return found

    async def _known(self, connection: Connection, keys: Iterable[Any]) -> dict[Any, Route | TropeiroError]:
        routes: dict[Any, Route | TropeiroError] = {}
        documents: dict[UUID, Any] = {}
        calls: dict[UUID, list[Any]] = {}
        for key in dict.fromkeys(keys):
            if key in self._routes:
                self._routes.move_to_end(key)
                routes[key] = self._routes[key]
            elif isinstance(key, UUID):
                documents[key] = key
            else:
                calls.setdefault(key[0], []).append(key)
        for row in await self._texts(connection, "documents", documents):
            routes[row["id"]] = self._remember(row["id"], partial(read_route, row["text"].encode()))
        for row in await self._texts(connection, "input_schemas", calls):
            schema = None if row["text"] is None else msgspec.json.decode(row["text"])
            for key in calls[row["id"]]:
                routes[key] = self._remember(key, partial(_call_route, key, schema))
        return routes

    async def _texts(self, connection: Connection, name: str, ids: Iterable[UUID]) -> list[dict[str, Any]]:
        wanted = list(ids)
        if not wanted:
            return []
        return await (await connection.execute(statement("triggers", name), {"ids": wanted})).fetchall()

    def _remember(self, key: Any, make: Callable[[], Route]) -> Route | TropeiroError:
        made: Route | TropeiroError
        try:
            made = make()
        except TropeiroError as problem:
            # A document of an older version may not be one any more; the trigger says so.
            made = problem
        self._routes[key] = made
        if len(self._routes) > REMEMBERED:
            self._routes.popitem(last=False)
        return made


def _missing(row: dict[str, Any]) -> TropeiroError | None:
    """Why there is nothing to start, or ``None``."""
    shown = row["target"]
    if row["workflow"] is None and row["service"] is None:
        return NotFound(f"`{shown}` is not there any more.")
    if row["workflow_removed_at"] is not None or row["service_removed_at"] is not None:
        return NotFound(f"`{shown}` was removed.", hint="Restore it, or let the trigger start something else.")
    if row["service"] is not None and not _may_call(row):
        return NotFound(f"There is no service `{shown}` that can be called from here any more.")
    if row["archived_project"] or row["archived_service"]:
        if not row["archived_project"]:
            return ProjectArchived(
                "A project that it calls is archived, or its organization is suspended.", hint="Turn the trigger off."
            )
        message = f"The project {row['archived_project']} is archived."
        return ProjectArchived(message, hint="Restore it, or turn the trigger off.")
    if row["workflow_version_id"] is None and row["service_version_id"] is None:
        return NotFound(
            f"There is no version {row['wanted']} of `{shown}`." if row["wanted"] else f"`{shown}` is empty."
        )
    return None


def _may_call(row: dict[str, Any]) -> bool:
    own = row["owner_id"] == row["organization_id"]
    return bool(row["visibility"] == "public" or (own and row["service_project_id"] == row["project_id"]))


def _route_key(row: dict[str, Any]) -> Any:
    """A workflow version's id, or what makes the document of a single call."""
    if row["workflow_version_id"] is not None:
        return row["workflow_version_id"]
    inside = _automation(row)
    return inside or (row["service_version_id"], row["service"], row["title"], _uses(row))


def _automation(row: dict[str, Any]) -> UUID | None:
    """The workflow version inside an automation of the trigger's own organization; another's stays with its owner."""
    if row["owner_id"] != row["organization_id"]:
        return None
    made = msgspec.json.decode(row["implementation"], type=Implementation)
    return made.workflow_version if isinstance(made, Automation) else None


def _uses(row: dict[str, Any]) -> str:
    return f"{row['owner']}/{row['service_project']}/{row['service']}@{row['service_version']}"


def _call_route(key: Any, schema: Any) -> Route:
    service, name, title, uses = key
    return make_route(single_call_document(service=service, name=name, title=title, uses=uses, input_schema=schema))


def _target(row: dict[str, Any], route: Route) -> Target:
    if row["workflow"] is not None:
        name = f"{row['workflow']}@{row['workflow_version']}"
        return Target(
            name=f"{row['workflow_project']}/{name}" if row["workflow_project"] else name,
            route=route,
            project=row["workflow_project_id"],
            workflow_version=row["workflow_version_id"],
        )
    own = row["owner_id"] == row["organization_id"]
    short = f"{row['service_project']}/{row['service']}@{row['service_version']}"
    return Target(
        name=short if own or row["owner"] == HOUSE else _uses(row),
        route=route,
        project=row["service_project_id"] if own else None,
        workflow_version=_automation(row),
        service_version=row["service_version_id"],
    )
