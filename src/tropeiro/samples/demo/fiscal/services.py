"""Invoices of a made-up company."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Annotated

from pydantic import BaseModel, Field

from tropeiro.sdk import Context, ServiceError, service


class Order(BaseModel):
    """What is to be invoiced."""

    number: str
    customer: str
    amount: Annotated[float, Field(gt=0)]


class Checked(BaseModel):
    """An order that may be invoiced."""

    number: str
    amount: float
    taxes: float
    needs_approval: bool


class Invoice(BaseModel):
    """An issued invoice."""

    number: str
    key: str
    amount: float


@service(title="Check an order", timeout="15s", tags=["fiscal"])
async def check(context: Context, order: Order) -> Checked:
    """Whether an order can be invoiced, and which taxes fall due."""
    await asyncio.sleep(0.1)
    if not order.customer.strip():
        raise ServiceError("invalid_customer", f"Order {order.number} names no customer.", retryable=False)
    context.log.info("order checked", order=order.number, amount=order.amount)
    return Checked(
        number=order.number,
        amount=order.amount,
        taxes=round(order.amount * 0.1733, 2),
        needs_approval=order.amount > 50_000,
    )


@service(title="Issue the invoice", timeout="60s", retries=4, tags=["fiscal"])
async def issue(context: Context, order: Checked) -> Invoice:
    """Send the invoice to the (made-up) authority; its key is the same however often it is asked for."""
    await asyncio.sleep(0.4)
    return Invoice(number=order.number, key=sha256(order.number.encode()).hexdigest()[:44], amount=order.amount)
