"""Executes the services that are part of Tropeiro itself, in the worker's own event loop."""

from __future__ import annotations

from collections.abc import Iterable

from tropeiro.executors.addresses import PUBLIC_ONLY, AllowedHosts
from tropeiro.executors.calls import Calls
from tropeiro.executors.inline import GRACE, run_inline
from tropeiro.executors.late_client import LateHttpClient
from tropeiro.kernel.outcome import ErrorInfo, Fail, Outcome
from tropeiro.ports.executor import Builtin, Call, Reporter
from tropeiro.ports.network import HTTP_CLIENT
from tropeiro.sdk.definition import ServiceDefinition


class BuiltinExecutor:
    """Runs `Builtin` services: the definitions that it is given, by name and version.

    ``allowed`` are the private hosts that they may call nevertheless. One executor serves one event loop.
    """

    def __init__(
        self, services: Iterable[ServiceDefinition], allowed: AllowedHosts = PUBLIC_ONLY, *, grace: float = GRACE
    ) -> None:
        self._services = {(definition.name, definition.version): definition for definition in services}
        self._allowed = allowed
        self._grace = grace
        self._calls = Calls()
        self._client: LateHttpClient | None = None

    async def start(self) -> None:
        """Prepare the HTTP client that the services share."""
        self._client = LateHttpClient(self._allowed)

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call. Errors: those of `run_inline`, ``unknown_builtin``."""
        implementation = call.service.implementation
        if not isinstance(implementation, Builtin):
            raise TypeError(f"BuiltinExecutor runs Builtin, not {type(implementation).__name__}")
        definition = self._services.get((implementation.name, call.service.version))
        if definition is None:
            return Fail(
                ErrorInfo(
                    code="unknown_builtin",
                    message=f"This worker has no built-in service {implementation.name}@{call.service.version}. "
                    "Update it to the version of Tropeiro that the workflow was saved with.",
                )
            )
        return await self._calls.run(self._execute(definition, call, report), call.service.name)

    async def stop(self) -> None:
        """Cancel the calls that still run; they answer ``executor_stopped``. Close every connection."""
        await self._calls.stop()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _execute(self, definition: ServiceDefinition, call: Call, report: Reporter) -> Outcome:
        if self._client is None:
            return await run_inline(definition, call, report, grace=self._grace)
        given = HTTP_CLIENT.set(self._client)
        try:
            return await run_inline(definition, call, report, grace=self._grace)
        finally:
            HTTP_CLIENT.reset(given)
