"""The OpenAPI document tells the truth: requests made up from it are answered as it says, and never with a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from api_client import program
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from web_cast import Cast

from tropeiro.web.jobs.actions import start_job

pytestmark = pytest.mark.django_db

EXAMPLES = 10
"""For each operation."""
STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The handler keeps the test's connection, and with it the test's transaction, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_every_operation_answers_as_the_document_says(cast: Cast, web_settings: Any) -> None:
    web_settings.ALLOWED_HOSTS = ["*"]
    headers = {"Authorization": f"Bearer {program(cast.alice).token}"}
    job = str(start_job(cast.alice, STEPS))
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    seen = set()
    for found in document.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            if case.path_parameters and case.path_parameters["job"].endswith(tuple("01234567")):
                case.path_parameters["job"] = job
            case.query.pop("wait", None)
            mark = transaction.savepoint()
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.savepoint_rollback(mark)
            seen.add((case.operation.label, answer.status_code))

        ask()
    assert {label for label, _ in seen} == {found.ok().label for found in document.get_all_operations()}
    assert {200, 404} <= {status for _, status in seen}
