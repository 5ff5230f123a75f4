"""The smallest services: set, flatten, log, fail."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tropeiro.sdk import Context, ServiceError, service
from tropeiro.services.core.example import Example


class Values(BaseModel):
    """Any object."""

    model_config = ConfigDict(extra="allow")


@service(name="set", title="Set values", pure=True, public=True, timeout="10s")
async def set_values(values: Values) -> dict[str, Any]:
    """Gives its inputs back unchanged: a place to name values, or to shape what a later step reads."""
    return dict(values.model_extra or {})


@service(title="Flatten lists", pure=True, public=True, timeout="1m")
async def flatten(
    lists: Annotated[list[list[Any] | None], Field(description="The lists; null and empty ones are skipped.")],
) -> list[Any]:
    """Joins lists into one, in order, one level deep."""
    return list(chain.from_iterable(inner for inner in lists if inner))


@service(name="log", title="Write a log line", public=True, timeout="10s")
async def write_log(
    context: Context,
    message: Annotated[str, Field(description="The line.")],
    level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="How grave it is.")] = "info",
    fields: Annotated[dict[str, Any] | None, Field(description="Named values beside the line.")] = None,
) -> None:
    """Writes a line into the job's log."""
    write = {
        "debug": context.log.debug,
        "info": context.log.info,
        "warning": context.log.warning,
        "error": context.log.error,
    }[level]
    write(message, **(fields or {}))


@service(title="Fail", public=True, timeout="10s")
async def fail(
    message: Annotated[str, Field(max_length=4_000, description="What happened, for people.")] = "",
    code: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="What happened, for `steps.<id>.error.code`.")
    ] = "failed",
    retryable: Annotated[bool, Field(description="Whether the step's `retry` may try again.")] = False,
) -> None:
    """Fails on purpose: ends a branch that should not have been taken, or tries out what handles errors."""
    raise ServiceError(code, message or "The workflow failed here on purpose.", retryable=retryable)


EXAMPLES = (
    Example("set", "Name two values", {"country": "BR", "limits": [10, 20]}, {"country": "BR", "limits": [10, 20]}),
    Example("flatten", "The pages of a report as one list", {"lists": [[1, 2], None, [], [3, [4]]]}, [1, 2, 3, [4]]),
    Example(
        "log", "A warning with a number", {"message": "rows missing", "level": "warning", "fields": {"rows": 3}}, None
    ),
    Example("fail", "Stop here", {"code": "no_rows", "message": "The report is empty."}, error="no_rows"),
)
