"""The primary key of almost every table: a UUID of version 7."""

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.kernel.ids import uuid7


def uuid_key() -> models.UUIDField[Any, Any]:
    """A primary key that the application makes, so that an id is known before its row is written."""
    return models.UUIDField(primary_key=True, default=uuid7, editable=False)
