"""Running a service's function here, in the worker's event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from tropeiro.executors.outcomes import encode_output, failure, refused, timed_out
from tropeiro.executors.printed import Printed, print_to
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.outcome import Done, Outcome
from tropeiro.ports.executor import Call, Reporter
from tropeiro.sdk.context import Context
from tropeiro.sdk.definition import ServiceDefinition

GRACE = 5.0
"""Seconds that a function has to end after it was cancelled."""

_abandoned: set[asyncio.Task[Any]] = set()


def context_of(call: Call, report: Reporter) -> Context:
    """The context that a call's service gets."""
    return Context(
        reporter=report,
        job=call.job,
        path=call.path,
        attempt=call.attempt,
        organization=call.organization,
        project=call.project,
        idempotency_key=call.key,
        timeout_ms=call.timeout_ms,
        credential=call.credential,
    )


async def run_inline(
    definition: ServiceDefinition, call: Call, report: Reporter, *, folder: Path | None = None, grace: float = GRACE
) -> Outcome:
    """Call the function of ``definition`` and say what came of it; for bundles, ``folder`` is where it was unpacked.

    The function gets a copy of the inputs of its own: what it does to them must not change the packet that they came
    from.

    The call ends at its timeout, and when the task that awaits it is cancelled. A function that then goes on for
    longer than ``grace`` seconds is left behind, and a line in the job's log says so. A plain function (for quick,
    trusted built-in services only) runs right in the event loop and cannot be interrupted.
    """
    context = context_of(call, report)
    try:
        positional, named = definition.arguments(msgspec.json.decode(msgspec.json.encode(call.inputs)), context)
    except InvalidInput as error:
        return refused(error, context.redactor)
    printed = Printed(report, context.redactor)

    async def body() -> Outcome:
        print_to(printed)
        try:
            returned = definition.function(*positional, **named)
            if not definition.blocking:
                returned = await returned
            data = encode_output(definition, returned)
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever a service raises is its outcome
            return failure(error, context.redactor, folder)
        return Done(msgspec.json.decode(data)) if isinstance(data, bytes) else data

    task = asyncio.get_running_loop().create_task(body(), name=definition.name)
    try:
        await _ended(task, call.timeout_ms / 1_000)
        if not task.done():
            await _end(task, context, definition.name, grace)
            return timed_out(definition.name, call.timeout_ms)
        if task.cancelled():
            return failure(asyncio.CancelledError("the service cancelled itself"), context.redactor)
        return task.result()
    except asyncio.CancelledError:
        await _end(task, context, definition.name, grace)
        raise
    finally:
        printed.close()


async def _ended(task: asyncio.Task[Outcome], seconds: float) -> None:
    """Wait until the task is done, or the time is over. As `asyncio.wait` does, at a third of its cost."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    timer = loop.call_later(seconds, end)
    task.add_done_callback(end)
    try:
        await over
    finally:
        timer.cancel()
        task.remove_done_callback(end)


async def _end(task: asyncio.Task[Any], context: Context, name: str, grace: float) -> None:
    context.cancel()
    task.cancel()
    await asyncio.wait({task}, timeout=grace)
    if not task.done():
        # Nothing can stop a coroutine that swallows its cancellation; the reference keeps it from vanishing midway.
        _abandoned.add(task)
        task.add_done_callback(_abandoned.discard)
        context.log.warning(f"`{name}` goes on although it was cancelled; its answer will be ignored")
    elif not task.cancelled():
        task.exception()
