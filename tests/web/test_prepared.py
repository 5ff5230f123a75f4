"""Statements that the server plans once for each connection."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tropeiro.web.django_settings import database_settings
from tropeiro.web.prepared import prepared_cursor

pytestmark = pytest.mark.django_db

ASKED = "SELECT %s::int + 40"


def _ask(number: int) -> int:
    with prepared_cursor() as cursor:
        cursor.execute(ASKED, [number])
        return int(cursor.fetchone()[0])


def _prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::int + 40'")
        return int(cursor.fetchone()[0])


def test_the_serving_process_plans_a_statement_once_for_all_its_parameters() -> None:
    connection.ensure_connection()
    options = database_settings("postgresql://somewhere/tropeiro", serving=True)["OPTIONS"]
    connection.connection.prepare_threshold = options["prepare_threshold"]
    assert [_ask(1), _ask(2)] == [41, 42]
    assert _prepared() == 1


def test_elsewhere_nothing_is_kept_at_the_server() -> None:
    connection.ensure_connection()
    connection.connection.prepare_threshold = None
    assert [_ask(1), _ask(2)] == [41, 42]
    assert _prepared() == 0


def test_what_it_executes_is_counted_like_any_other_query() -> None:
    connection.ensure_connection()
    connection.connection.prepare_threshold = None
    with CaptureQueriesContext(connection) as queries:
        _ask(1)
    assert [query["sql"] for query in queries.captured_queries] == ["SELECT $1::int + 40"]
