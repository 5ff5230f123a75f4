"""Sessions that have run out are deleted by the runtime's duty; those that hold are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from web_cast import Cast, execute

from tropeiro.sql import statement

pytestmark = pytest.mark.django_db


def _sweep(rows: int = 100) -> int:
    return int(execute(statement("upkeep", "sweep_sessions"), {"rows": rows})[0][0])


def _session(key: str, *, days: int) -> None:
    execute(
        "INSERT INTO django_session (session_key, session_data, expire_date)"
        " VALUES (%s, '', now() + %s * interval '1 day')",
        [key, days],
    )


def _list(cast: Cast, key: str, *, hours_ago: int = 0) -> None:
    execute(
        "INSERT INTO usersessions_usersession (user_id, session_key, ip, user_agent, created_at, last_seen_at, data)"
        " VALUES (%s, %s, '127.0.0.1', '', now() - %s * interval '1 hour', now(), '{}')",
        [cast.alice.user, key, hours_ago],
    )


def _keys(table: str) -> Sequence[str]:
    return [row[0] for row in execute(f"SELECT session_key FROM {table} ORDER BY 1")]


def test_sessions_that_have_run_out_go_with_what_lists_them(cast: Cast) -> None:
    for key, days in (("over", -1), ("held", 1)):
        _session(key, days=days)
        _list(cast, key)
    assert _sweep() == 2
    assert _keys("django_session") == ["held"]
    assert _keys("usersessions_usersession") == ["held"]
    assert _sweep() == 0


def test_a_list_of_a_session_that_is_no_more_goes_but_not_while_it_may_still_be_written(cast: Cast) -> None:
    _list(cast, "gone", hours_ago=2)
    _list(cast, "new")
    assert _sweep() == 1
    assert _keys("usersessions_usersession") == ["new"]


def test_they_go_in_batches_the_oldest_first(cast: Cast) -> None:
    for days in (1, 2, 3):
        _session(f"s{days}", days=-days)
    assert _sweep(rows=2) == 2
    assert _keys("django_session") == ["s1"]
