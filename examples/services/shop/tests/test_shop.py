"""How the shop's services are tested: with the checks that a worker makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from greetings import greet
from orders import place_order
from quotes import quote
from stock import read_stock

from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.sdk import RetryLater, ServiceError
from tropeiro.sdk.testing import call

CREDENTIAL = {"url": "https://warehouse.example.com", "token": "warehouse-token"}
Answers = Callable[[httpx.Request], httpx.Response]


def test_it_greets_by_name() -> None:
    assert call(greet, {"name": "Ana"}).output == "Good morning, Ana"


def test_ten_pieces_cost_ten_percent_less() -> None:
    result = call(quote, {"product": "rope", "quantity": 10})
    assert result.output == {"product": "rope", "total": "112.50", "currency": "BRL"}
    assert result.logs[0].message == "discount given"


def test_an_unknown_product_is_refused() -> None:
    with pytest.raises(ServiceError) as caught:
        call(quote, {"product": "camel"})
    assert caught.value.code == "unknown_product"


def test_a_quantity_below_one_never_reaches_the_service() -> None:
    with pytest.raises(SchemaMismatch):
        call(quote, {"product": "rope", "quantity": 0})


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], None]:
    """Put a function in the warehouse's place."""
    real = httpx.AsyncClient

    def install(answer: Answers) -> None:
        def client(**options: Any) -> httpx.AsyncClient:
            return real(transport=httpx.MockTransport(answer), **options)

        monkeypatch.setattr("orders.httpx.AsyncClient", client)

    return install


def test_an_order_carries_its_idempotency_key(warehouse: Callable[[Answers], None]) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"order": 7})

    warehouse(answer)
    result = call(place_order, {"product": "rope", "quantity": 2}, CREDENTIAL, idempotency_key="key-7")
    assert result.output == {"order": 7}
    assert seen[0].headers["Idempotency-Key"] == "key-7"


def test_a_busy_warehouse_is_asked_again_later(warehouse: Callable[[Answers], None]) -> None:
    warehouse(lambda request: httpx.Response(429, headers={"Retry-After": "9"}))
    with pytest.raises(RetryLater) as caught:
        call(place_order, {"product": "rope", "quantity": 2}, CREDENTIAL)
    assert caught.value.after_ms == 9_000


def test_stock_is_added_up() -> None:
    result = call(read_stock, {"text": "product,pieces\nrope,3\nsaddle,1\nrope,4\n"})
    assert result.output == {"pieces": {"rope": 7, "saddle": 1}, "lines": 4}


def test_a_bad_line_is_named() -> None:
    with pytest.raises(ServiceError, match="Line 3"):
        call(read_stock, {"text": "product,pieces\nrope,3\nsaddle,many\n"})
