"""What the conformance tests act with: routes of made-up services, and packets carried by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Advance, Send
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome
from tropeiro.kernel.packet import Route
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start
from tropeiro.ports.queue import Leased, Queue, Ready, Settlement, Span, Verdict

ALICE = UUID(int=0xA11CE)
BOB = UUID(int=0xB0B)


def call(step_id: str, **keys: Any) -> dict[str, Any]:
    """A step that calls a service."""
    return {"id": step_id, "uses": "core/set@1", "service": str(UUID(int=1)), **keys}


def route(*steps: dict[str, Any], **envelope: Any) -> Route:
    """The route of these steps."""
    return make_route({"schema": "tropeiro/v1", "steps": list(steps), **envelope})


def job(carried: Route, inputs: Any = None, *, organization: UUID = ALICE, **keys: Any) -> Start:
    """A job to be started."""
    keys = {"project": None, "name": "scene", **keys}
    return Start(id=uuid7(), organization=organization, route=carried, inputs=inputs or {}, **keys)


def failure(code: str = "boom", *, retryable: bool = False) -> Fail:
    """An outcome of a call that failed."""
    return Fail(ErrorInfo(code=code, message=code, retryable=retryable))


def decide(leased: Leased, outcome: Outcome | None) -> Advance:
    """What becomes of a packet: its own answer, or ``outcome`` for the call it stands at."""
    if leased.answer is not None:
        return advance(leased.packet, leased.answer, now_ms=leased.now_ms)
    packet = leased.packet
    if not packet.entered:
        came = advance(packet, None, now_ms=leased.now_ms)
        if not isinstance(came.command, Send) or outcome is None:
            return came
        packet = came.command.packet
    return advance(packet, outcome, now_ms=leased.now_ms)


async def settle(
    queue: Queue, worker: UUID, *decided: tuple[Leased, Outcome | None], take: int = 0
) -> tuple[list[Verdict], list[Ready]]:
    """Settle what was decided for several packets, in one batch."""
    batch = []
    for leased, outcome in decided:
        made = decide(leased, outcome)
        spans = (Span(0.0, 0.0),) * len(made.records)
        batch.append(await queue.make_ready(Settlement(leased=leased, advance=made, spans=spans, take=take)))
    return await queue.settle(worker, batch), batch


async def settle_decision(queue: Queue, worker: UUID, leased: Leased, made: Advance) -> Verdict:
    """Settle one decision that the test made itself."""
    spans = (Span(0.0, 0.0),) * len(made.records)
    ready = await queue.make_ready(Settlement(leased=leased, advance=made, spans=spans))
    return (await queue.settle(worker, [ready]))[0]


async def carry_all(queue: Queue, worker: UUID, *, rounds: int = 1000) -> int:
    """Carry packets until none is ready: each call gives its path's item. How many settlements it took."""
    count = 0
    for _ in range(rounds):
        leased = await queue.lease(worker, 10)
        if not leased:
            return count
        for one in leased:
            current: Leased | None = one
            while current is not None:
                verdicts, batch = await settle(queue, worker, (current, Done(current.packet.item)))
                count += 1
                current = onward(current, verdicts[0], batch[0])
    raise AssertionError("the packets do not come to an end")


def onward(leased: Leased, verdict: Verdict, ready: Ready) -> Leased | None:
    """The packet as it goes on at the same worker, or ``None``."""
    command = ready.settlement.advance.command
    if not verdict.accepted or verdict.held or not isinstance(command, Send) or command.delay_ms:
        return None
    return Leased(
        packet=ready.packet,
        token=leased.token + 1,
        caller=leased.caller,
        now_ms=verdict.now_ms,
        since_ms=verdict.now_ms,
    )
