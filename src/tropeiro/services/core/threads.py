"""Keeping a long computation out of the event loop, where every other call of the worker would wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_SMALL = 2_000
"""Below this size a computation is over sooner than a thread is found for it."""


async def aside(
    size: int, compute: Callable[_Parameters, _Result], *args: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """The result of ``compute``, in a thread when ``size`` (its rough number of steps) is large."""
    if size < _SMALL:
        return compute(*args, **named)
    return await asyncio.to_thread(compute, *args, **named)
