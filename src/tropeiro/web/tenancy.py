"""Work inside one organization: a transaction under the role that row-level security binds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

from tropeiro.web.prepared import prepared_cursor
from tropeiro.web.tenant_role import ROLE

_inside: ContextVar[UUID | None] = ContextVar("tropeiro_organization", default=None)


class AnotherTenantError(RuntimeError):
    """Inside one organization's transaction, code asked to work for another: a mistake of ours, never of a user."""


@contextmanager
def tenant(organization: UUID) -> Iterator[None]:
    """A transaction that sees and changes only rows of ``organization``; inside one of the same, a savepoint.

    Besides its own rows it sees the public services of other organizations, and nothing else: not the sessions, and of
    users only the names of its members.
    """
    inside = _inside.get()
    if inside is not None:
        if inside != organization:
            raise AnotherTenantError(f"inside organization {inside}, asked for {organization}")
        with transaction.atomic():
            yield
        return
    within_another = connection.in_atomic_block
    token = _inside.set(organization)
    try:
        with transaction.atomic():
            _become(ROLE, str(organization))
            yield
        if within_another:
            # SET LOCAL ends with the whole transaction, not with the savepoint that this block was.
            _become("none", "")
    finally:
        _inside.reset(token)


def _become(role: str, organization: str) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('tropeiro.organization', %s, true)", [role, organization]
        )
