"""What a worker knows of the services that its packets call: versions never change, so each is looked up once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.kernel.outcome import Done, Fail, Outcome
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.schema import checker
from tropeiro.kernel.step_errors import mismatch
from tropeiro.ports.executor import HttpEndpoint, ServiceVersion

_ONCE = RetryPolicy(attempts=1)


class Callee(msgspec.Struct, frozen=True):
    """A service version, ready to be called."""

    version: ServiceVersion
    check_input: Callable[[Any], None]
    """Raises `SchemaMismatch`."""
    check_output: Callable[[Any], None]
    """Raises `SchemaMismatch`."""
    policy: RetryPolicy
    """How its calls are tried again where the step says nothing: never, unless they may be repeated."""
    runs_ahead: bool
    """Whether it is pure, so that it may be called before the step in front of it was settled."""

    def checked(self, outcome: Outcome) -> Outcome:
        """What the service gave, if it is what it promised."""
        if isinstance(outcome, Done):
            try:
                self.check_output(outcome.output)
            except SchemaMismatch as error:
                return Fail(mismatch(error))
        return outcome


def callee_of(version: ServiceVersion) -> Callee:
    """Everything that does not change from call to call."""
    implementation = version.implementation
    # A callback names the packet's token, which a commit must have told from that of the step before.
    called_back = isinstance(implementation, HttpEndpoint) and implementation.callback
    return Callee(
        version=version,
        check_input=checker(version.input_schema, what=f"The input of {version.name}"),
        check_output=checker(version.output_schema, what=f"The output of {version.name}"),
        policy=version.retry if version.idempotent else _ONCE,
        runs_ahead=version.pure and not called_back,
    )


class Callees:
    """The callees of one worker, by version. They are few and small."""

    def __init__(self, load: Callable[[UUID], Any]) -> None:
        """``load`` gives the `ServiceVersion` of an id when awaited. Raises `NotFound`."""
        self._load = load
        self._known: dict[UUID, Callee] = {}

    def known(self, version: UUID | None) -> Callee | None:
        """The callee, when it has been loaded."""
        return None if version is None else self._known.get(version)

    async def load(self, version: UUID) -> Callee:
        """The callee. Raises `NotFound`."""
        callee = self._known.get(version)
        if callee is None:
            callee = self._known[version] = callee_of(await self._load(version))
        return callee
