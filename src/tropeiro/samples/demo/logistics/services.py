"""Warehouses and parcels of a made-up company."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from pydantic import BaseModel

from tropeiro.sdk import Context, service


class Stock(BaseModel):
    """What lies in a warehouse."""

    warehouse: str
    products: int
    to_order: int


@service(title="Stock of a warehouse", timeout="45s", retries=2, tags=["stock"])
async def stock(context: Context, warehouse: str) -> Stock:
    """Count one warehouse."""
    draw = random.Random(warehouse)  # noqa: S311 - made-up data, the same every time
    await asyncio.sleep(0.2 + draw.random() * 0.6)
    found = Stock(warehouse=warehouse, products=draw.randrange(400, 4_000), to_order=draw.randrange(0, 60))
    context.log.info("warehouse counted", warehouse=warehouse, products=found.products)
    return found


@service(title="Where a parcel is", timeout="15s", public=True, tags=["parcels", "tracking"])
async def track(context: Context, parcel: str) -> dict[str, Any]:
    """The last place and state of a parcel."""
    await asyncio.sleep(0.05)
    draw = random.Random(parcel)  # noqa: S311 - made-up data, the same every time
    return {
        "parcel": parcel,
        "state": draw.choice(["posted", "moving", "delivered"]),
        "place": draw.choice(["POA", "CWB", "GRU"]),
    }
