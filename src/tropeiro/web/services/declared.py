"""A service as somebody declared it, ready to be published: the same shape wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from tropeiro.executors.loading import entry_of
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.ports.executor import Automation, Builtin, HttpEndpoint, Implementation, PythonCode
from tropeiro.sdk import ServiceDefinition
from tropeiro.sdk.project_file import HttpService

KINDS: dict[type, str] = {Builtin: "builtin", PythonCode: "python", HttpEndpoint: "http", Automation: "automation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One version of a service. Times in milliseconds."""

    name: str
    version: int
    title: str
    description: str
    public: bool
    implementation: Implementation
    input_schema: Any
    output_schema: Any
    timeout_ms: int
    retry: RetryPolicy
    idempotent: bool
    pure: bool
    credential_kind: str = ""
    tags: tuple[str, ...] | None = None
    """``None`` where files cannot say them: such a service keeps the ones that it was given in the console."""

    @property
    def kind(self) -> str:
        """builtin, python, http or automation."""
        return KINDS[type(self.implementation)]

    @property
    def contract(self) -> Any:
        """What callers rely on."""
        return [self.input_schema, self.output_schema, self.credential_kind]

    @property
    def contract_digest(self) -> str:
        """SHA-256 (hex) of the contract."""
        return _digest(self.contract)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that makes one revision differ from another."""
        behaviour = [self.timeout_ms, msgspec.to_builtins(self.retry), self.idempotent, self.pure]
        return _digest([self.contract, behaviour, msgspec.to_builtins(self.implementation)])


def from_code(definition: ServiceDefinition, bundle: str) -> Declared:
    """A Python function of a project, in the bundle with this digest."""
    code = PythonCode(bundle=bundle, entry=entry_of(definition.function), blocking=definition.blocking)
    return _from_definition(definition, code, public=definition.public)


def built_in(definition: ServiceDefinition) -> Declared:
    """A service of the project ``core``: all of them are public."""
    return _from_definition(definition, Builtin(name=definition.name), public=True)


def from_endpoint(service: HttpService) -> Declared:
    """An HTTP service of a project file."""
    return Declared(
        name=service.name,
        version=service.version,
        title=service.title,
        description=service.description,
        public=service.public,
        implementation=service.endpoint,
        input_schema=service.input_schema,
        output_schema=service.output_schema,
        timeout_ms=service.timeout_ms,
        retry=RetryPolicy(attempts=service.retries + 1),
        idempotent=service.idempotent,
        pure=service.pure,
        credential_kind=service.credential or "",
    )


def _from_definition(definition: ServiceDefinition, implementation: Implementation, *, public: bool) -> Declared:
    return Declared(
        name=definition.name,
        version=definition.version,
        title=definition.title,
        description=definition.description,
        public=public,
        implementation=implementation,
        input_schema=definition.input_schema,
        output_schema=definition.output_schema,
        timeout_ms=definition.timeout_ms,
        retry=definition.retry,
        idempotent=definition.idempotent,
        pure=definition.pure,
        credential_kind=definition.credential or "",
        tags=definition.tags,
    )


def _digest(value: Any) -> str:
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
