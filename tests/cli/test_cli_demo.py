"""The demonstration: filled, looked at, and taken away whole."""

from __future__ import annotations

import psycopg
import pytest
from command_process import Tropeiro

pytestmark = pytest.mark.timeout(240)

TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
"""


def _counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute(TABLES).fetchall()]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # type: ignore[index]


def _value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def test_the_demonstration_comes_shows_a_history_and_leaves_nothing_behind(
    installation: Tropeiro, database_url: str
) -> None:
    # The very first command of an installation makes its operator, who stays.
    assert "password" in installation("demo", "--days", "1").out
    assert installation("demo", "--remove").code == 0
    before = _counts(database_url)

    filled = installation("demo", "--days", "1", "--json")
    assert filled.code == 0, filled.err
    said = filled.json
    # Fewer at a weekend.
    assert said["jobs"] > 60
    assert said["steps"] > said["jobs"]
    assert _value(database_url, "SELECT count(*) FROM tropeiro_job") == said["jobs"] + before["tropeiro_job"]
    assert _value(database_url, "SELECT bool_and(finished_at <= now()) FROM tropeiro_job") is True
    listed = installation("job", "list", "--organization", "demo", "--json").json
    assert len(listed) > 10

    again = installation("demo", "--json")
    assert again.error["code"] == "conflict"
    assert "--remove" in again.error["hint"]

    removed = installation("demo", "--remove", "--json")
    assert removed.code == 0, removed.err
    assert removed.json["removed"] >= said["jobs"] + said["steps"]
    assert _counts(database_url) == before
    assert installation("demo", "--remove", "--json").error["code"] == "not_found"
