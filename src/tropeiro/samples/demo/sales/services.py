"""Contacts of a made-up shop and its CRM."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import BaseModel, Field

from tropeiro.sdk import Context, service


class Contact(BaseModel):
    """A person."""

    id: int
    name: str
    mail: str


@service(title="Changed contacts", timeout="30s", tags=["crm"])
async def changed(context: Context, minutes: Annotated[int, Field(ge=1, le=1_440)] = 30) -> list[Contact]:
    """Contacts that changed in the last minutes."""
    await asyncio.sleep(0.1)
    people = [Contact(id=n, name=f"Person {n}", mail=f"person{n}@example.com") for n in range(1 + minutes % 17)]
    context.log.info("contacts changed", count=len(people))
    return people


@service(title="Upsert a contact", timeout="20s", retries=3, tags=["crm"])
async def upsert(context: Context, contact: Contact) -> bool:
    """Create the contact in the CRM, or change it there; whether it was new."""
    await asyncio.sleep(0.08)
    return contact.id % 3 == 0
