"""The world outside: what the services of the simulated workflows do when they are called."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast
from uuid import UUID

from invariants import Broken
from seeded_workflows import CHILD_SAYS, LATER, POISON, SLOW
from virtual_loop import Process

from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome, Wait
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.paths import round_of
from tropeiro.ports.executor import Call, Reporter
from tropeiro.runtime.reports import CallReporter

if TYPE_CHECKING:
    from simulated_world import World

LONGEST_CALL_SECONDS = 4.5
"""Of a slow service: longer than a lease."""


class Outside:
    """The world outside, as the calls of one worker process reach it. `tropeiro.ports.executor.Executor`."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        world, chance = self._world, self._world.chance
        reporter = cast(CallReporter, report)
        packet, token = reporter._packet, reporter._token
        holder = world.database.invariants.holder(packet.id, token)
        if holder is None or world.database.homes[holder] is not self._process:
            world.complain(Broken(f"{call.path} was called under token {token}, which its worker was never given"))
        world.database.tell(self._process.name, "call", packet.id, token, call.path)
        if call.service.id == POISON.id:
            world.kill_by_poison(self._process, packet)
        seconds = chance() * (0.02 if chance() < 0.9 else 0.5)
        if call.service.id == SLOW.id:
            seconds = chance() * LONGEST_CALL_SECONDS
        try:
            async with asyncio.timeout(call.timeout_ms / 1000):
                if not call.service.pure:
                    await asyncio.sleep(seconds * chance())
                world.effects[call.key] = world.effects.get(call.key, 0) + 1
                if not call.service.pure:
                    await asyncio.sleep(seconds * chance())
        except TimeoutError:
            return Fail(ErrorInfo(code="timeout", message="too long", retryable=True))
        step = packet.route.workflow.steps[packet.step]
        outcome = self._said(call, round_of(packet, step), packet.failures + 1)
        if call.service.id != LATER.id:
            return outcome
        # A quick one is there before the worker could say that it waits.
        delay = chance() * (3 if chance() < 0.6 else 0.003)
        world.people.later(delay, self._call_back, call.callback_url, outcome)
        return Wait(timeout_ms=120_000)

    def _said(self, call: Call, round_: int, attempt: int) -> Outcome:
        script = self._world.scripts.get(call.job)
        if script is None:
            return Done(CHILD_SAYS)
        said = script.say(call.path, round_, attempt, call.inputs)
        if said.failed:
            return Fail(ErrorInfo(code=said.code, message="No.", retryable=said.retryable))
        return Done(said.output)

    def _call_back(self, url: str, outcome: Done | Fail) -> None:
        packet, token = (int(part) for part in url.split("/"))
        table = self._world.database.table
        about = (UUID(int=packet), token)
        self._world.database.act("outside", "callback", lambda: table.callback(UUID(int=packet), token, outcome), about)


def is_poison(packet: Packet) -> bool:
    return packet.route.workflow.steps[packet.step].service == POISON.id
