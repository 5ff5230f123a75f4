"""What a service's developer imports.

::

    from tropeiro.sdk import Context, ServiceError, service


    @service(timeout="30s", retries=3)
    async def greet(context: Context, name: str) -> str:
        context.log.info("greeting", name=name)
        return f"Hello, {name}"
"""

from __future__ import annotations

from tropeiro.kernel.errors import ServiceError
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.sdk.context import Context
from tropeiro.sdk.declaration import service
from tropeiro.sdk.definition import ServiceDefinition, definition_of
from tropeiro.sdk.errors import DeclarationError, RetryLater

__all__ = [
    "Context",
    "DeclarationError",
    "RetryLater",
    "RetryPolicy",
    "ServiceDefinition",
    "ServiceError",
    "definition_of",
    "service",
]
