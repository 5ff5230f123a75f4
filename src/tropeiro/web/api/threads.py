"""Where what waits for the database is executed: on one of a few threads that stay, or as Django would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

_Result = TypeVar("_Result")

pool: ContextVar[ThreadPoolExecutor | None] = ContextVar("tropeiro_api_threads", default=None)
"""The threads of the server; ``None`` where Django itself, or a test, drives the request."""


async def on_thread(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call a function that may wait, without holding up the event loop."""
    threads = pool.get()
    if threads is None:
        return await sync_to_async(function)(*arguments)
    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, function, *arguments)
