"""Campaigns of a made-up advertiser."""

from __future__ import annotations

import asyncio
import random
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tropeiro.sdk import Context, ServiceError, service

CHANNELS = ("search", "social", "display", "video", "mail")


class Campaign(BaseModel):
    """A campaign on one channel."""

    id: str
    channel: str


class Spend(BaseModel):
    """What a campaign cost and brought."""

    campaign: str
    clicks: int
    cost: float
    revenue: float


@service(title="List campaigns", timeout="30s", tags=["marketing", "ads"])
async def campaigns(context: Context, days: Annotated[int, Field(ge=1, le=90)] = 7) -> list[Campaign]:
    """The campaigns that ran in the last days."""
    await asyncio.sleep(0.15)
    found = [Campaign(id=f"c-{number:03}", channel=CHANNELS[number % len(CHANNELS)]) for number in range(4 + days % 9)]
    context.log.info("campaigns found", count=len(found), days=days)
    return found


@service(title="Spend of a campaign", timeout="30s", retries=3, tags=["marketing", "ads"])
async def spend(context: Context, campaign: Campaign) -> Spend:
    """Clicks, cost and revenue of one campaign."""
    draw = random.Random(campaign.id)  # noqa: S311 - made-up data, the same every time
    await asyncio.sleep(0.05 + draw.random() * 0.2)
    if campaign.id == "c-999":
        raise ServiceError("unknown_campaign", f"There is no campaign {campaign.id}.", retryable=False)
    clicks = draw.randrange(200, 9_000)
    return Spend(
        campaign=campaign.id,
        clicks=clicks,
        cost=round(clicks * draw.uniform(0.2, 1.4), 2),
        revenue=round(clicks * draw.uniform(0.3, 2.9), 2),
    )


@service(title="Return on ad spend", timeout="10s", pure=True, public=True, tags=["marketing", "metrics"])
async def roas(context: Context, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Revenue, cost and their ratio over all rows."""
    cost = sum(row["cost"] for row in rows)
    revenue = sum(row["revenue"] for row in rows)
    return {"cost": round(cost, 2), "revenue": round(revenue, 2), "roas": round(revenue / cost, 3) if cost else 0.0}
