"""JSON columns of PostgreSQL's type ``json``, which keeps the text: the order of a user's keys survives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.db import models

# Generic for the type checker alone.
if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


class JsonText(_TextField):
    """A JSON value as its text, exactly as it was written."""

    description = "JSON text"

    def db_type(self, connection: Any) -> str:
        return "json"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"{sql}::text", params


class JsonValue(JsonText):
    """A JSON value, decoded when read."""

    description = "JSON value"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else msgspec.json.decode(value)

    def get_prep_value(self, value: Any) -> str | None:
        # SQL's NULL stands for "none was given", which schemas need; a JSON null is the text "null".
        return None if value is None else msgspec.json.encode(value).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))
