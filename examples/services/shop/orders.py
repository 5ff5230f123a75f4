"""Sending orders to a warehouse elsewhere."""

from __future__ import annotations

from typing import Any

import httpx

from tropeiro.sdk import Context, RetryLater, RetryPolicy, ServiceError, service


@service(
    version=2,
    timeout="30s",
    retries=RetryPolicy(attempts=5, delay_ms=2_000, max_delay_ms=60_000),
    credential="warehouse",
    tags=["orders"],
)
async def place_order(context: Context, product: str, quantity: int) -> dict[str, Any]:
    """Order from the warehouse. The same order is never placed twice, however often it is tried."""
    credential = context.credential_required()
    headers = {"Authorization": f"Bearer {credential['token']}", "Idempotency-Key": context.idempotency_key}
    async with httpx.AsyncClient(base_url=credential["url"], headers=headers) as warehouse:
        answer = await warehouse.post("/orders", json={"product": product, "quantity": quantity})
    if answer.status_code == 429:
        raise RetryLater(float(answer.headers.get("Retry-After", 5)), "warehouse_busy", "The warehouse asks to wait")
    if answer.status_code == 409:
        raise ServiceError("out_of_stock", f"The warehouse has not {quantity} of {product}")
    if answer.status_code >= 500:
        raise ServiceError("warehouse_down", f"The warehouse answered {answer.status_code}", retryable=True)
    answer.raise_for_status()
    context.log.info("ordered", product=product, quantity=quantity, attempt=context.attempt)
    return answer.json()
