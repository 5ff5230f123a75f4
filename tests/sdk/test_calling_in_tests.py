"""sdk.testing.call makes the checks that a worker makes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from pydantic import BaseModel

from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.sdk import Context, ServiceError, service
from tropeiro.sdk.errors import OutputInvalid
from tropeiro.sdk.testing import call


class Row(BaseModel):
    day: datetime
    sessions: int


@service
async def rows(day: datetime, count: int = 1) -> list[Row]:
    return [Row(day=day, sessions=number) for number in range(count)]


def test_inputs_arrive_as_declared_and_output_leaves_as_json() -> None:
    result = call(rows, {"day": "2024-02-03T00:00:00Z", "count": 1})
    assert result.output == [{"day": "2024-02-03T00:00:00Z", "sessions": 0}]


async def test_it_works_inside_a_running_event_loop() -> None:
    assert call(rows, {"day": datetime(2024, 2, 3, tzinfo=UTC), "count": 0}).output == []


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ({}, ""),
        ({"day": "yesterday"}, "/day"),
        ({"day": "2024-02-03T00:00:00Z", "count": "3"}, "/count"),
        ({"day": "2024-02-03T00:00:00Z", "counts": 3}, ""),
    ],
)
def test_inputs_that_do_not_match_are_refused(inputs: dict[str, Any], pointer: str) -> None:
    with pytest.raises(SchemaMismatch) as caught:
        call(rows, inputs)
    assert caught.value.pointer.startswith(pointer)


def test_an_output_that_does_not_match_is_refused() -> None:
    @service
    def wrong() -> int:
        return cast(int, "three")

    with pytest.raises(SchemaMismatch):
        call(wrong, {})


def test_an_output_that_is_no_json_is_refused() -> None:
    @service
    def opaque() -> Any:
        return object()

    with pytest.raises(OutputInvalid, match="`opaque` returned an object"):
        call(opaque, {})


def test_what_the_service_raises_is_raised() -> None:
    @service
    def fails(context: Context) -> None:
        raise ServiceError("gone", "It is gone")

    with pytest.raises(ServiceError, match="It is gone"):
        call(fails, {})


def test_the_credential_is_given() -> None:
    @service
    def who(context: Context) -> str:
        context.log.info("token is secret-token")
        return str(context.credential_required()["user"])

    result = call(who, {}, {"user": "ana", "token": "secret-token"})
    assert result.output == "ana"
    assert result.logs[0].message == "token is ***"
