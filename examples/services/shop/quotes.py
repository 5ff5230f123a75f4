"""What things cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tropeiro.sdk import Context, ServiceError, service

PRICES = {"saddle": Decimal("480.00"), "rope": Decimal("12.50"), "coffee": Decimal("31.90")}


class Order(BaseModel):
    """What somebody wants."""

    product: str
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1


class Quote(BaseModel):
    """What it costs."""

    product: str
    total: Decimal
    currency: Literal["BRL"] = "BRL"


@service(timeout="10s", pure=True)
async def quote(context: Context, order: Order) -> Quote:
    """The price of an order, with ten percent off from ten pieces on."""
    price = PRICES.get(order.product)
    if price is None:
        raise ServiceError(
            "unknown_product",
            f"There is no {order.product!r} in the shop",
            details={"known": sorted(PRICES)},
        )
    total = price * order.quantity
    if order.quantity >= 10:
        total *= Decimal("0.9")
        context.log.info("discount given", product=order.product, quantity=order.quantity)
    return Quote(product=order.product, total=total.quantize(Decimal("0.01")))
