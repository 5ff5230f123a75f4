"""The queues that every conformance test is run against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from carriers import Carrier, MemoryCarrier, postgres_carrier

from tropeiro.sql import schema, schema_names


@pytest.fixture(scope="module")
def engine_database(postgres_server: Any) -> Iterator[str]:
    """URL of a database with the tables of the engine alone."""
    with postgres_server.database() as url:
        with psycopg.connect(url) as connection:
            make_schema(connection)
        yield url


@pytest.fixture(scope="session")
def engine_schema() -> Any:
    """What makes the tables of the engine."""
    return make_schema


OF_THE_CONSOLE = ("085_archiving", "086_credential_use")
"""What stands on tables that only the console has."""


def make_schema(connection: psycopg.Connection[Any]) -> None:
    """Make the tables of the engine."""
    for name in schema_names():
        if name not in OF_THE_CONSOLE:
            connection.execute(schema(name))


@pytest.fixture(params=["memory", "postgres"])
async def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Carrier]:
    """A queue, empty, with what people and duties do to it."""
    if request.param == "memory":
        yield MemoryCarrier()
        return
    async with postgres_carrier(request.getfixturevalue("engine_database"), tmp_path) as made:
        yield made
