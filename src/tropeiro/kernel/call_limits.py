"""Limits on calls: which of those that organizations set hold for the call that a packet stands at.

A limit says how many calls may be under way at once, and how many may begin in a period. An organization sets one for
all that it calls, for a service, or for a credential that its steps name.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

import msgspec

from tropeiro.kernel import commands
from tropeiro.kernel.commands import Command, WaitKind
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.workflow import Kind


class LimitKind(StrEnum):
    """What a limit is for."""

    ORGANIZATION = "organization"
    SERVICE = "service"
    CREDENTIAL = "credential"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What tells whether a call is under a limit."""

    id: UUID
    organization: UUID
    """Who set it."""
    kind: LimitKind
    subject: str = ""
    """``organization/project/service``, or the credential's name."""
    everyone: bool = False
    """Calls of all organizations count together: the service is the organization's own."""
    project: UUID | None = None
    """For a credential: only steps of this project."""
    timed: bool = False
    """It has a rate."""


class LimitBook:
    """All limits, found by the call."""

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        self._by_id = {limit.id: limit for limit in limits}
        self._own: dict[UUID, list[Limit]] = {}
        self._everyone: dict[str, list[Limit]] = {}
        for limit in self._by_id.values():
            if limit.everyone:
                self._everyone.setdefault(limit.subject, []).append(limit)
            else:
                self._own.setdefault(limit.organization, []).append(limit)
        self.timed = any(limit.timed for limit in self._by_id.values())
        """Whether any of them has a rate."""

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def of(self, packet: Packet) -> tuple[UUID, ...]:
        """The limits that the call is under at which the packet stands, in the order of their ids."""
        if not self._by_id or not packet.entered:
            return ()
        step = packet.route.workflow.steps[packet.step]
        if step.kind is not Kind.CALL:
            return ()
        service = step.called.partition("@")[0]
        found = [limit.id for limit in self._everyone.get(service, ())]
        for limit in self._own.get(packet.organization, ()):
            match limit.kind:
                case LimitKind.ORGANIZATION:
                    holds = True
                case LimitKind.SERVICE:
                    holds = limit.subject == service
                case LimitKind.CREDENTIAL:
                    holds = limit.subject == step.credential and limit.project in (None, packet.project)
            if holds:
                found.append(limit.id)
        return tuple(sorted(found))

    def borne_after(self, command: Command, limits: tuple[UUID, ...]) -> tuple[UUID, ...]:
        """The limits that a packet which bore ``limits`` bears after a decision.

        The next call has its own. A call that goes on without a worker is still under way: one that waits for its
        callback under all, one that waits for its child job under its service's alone, because the child's own calls
        are under the organization's and would wait for each other.
        """
        match command:
            case commands.Send(packet, 0):
                return self.of(packet)
            case commands.Wait(kind=WaitKind.CALLBACK):
                return limits
            case commands.Call():
                known = (self._by_id.get(limit) for limit in limits)
                return tuple(limit.id for limit in known if limit is not None and limit.kind is LimitKind.SERVICE)
            case _:
                return ()
