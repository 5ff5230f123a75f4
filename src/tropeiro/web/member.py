"""Who acts, and for whom: what every action and query is given."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tropeiro.kernel.service_ref import HOUSE
from tropeiro.web.permissions import Role, Verb, require

__all__ = ["HOUSE", "Member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody acting for an organization. `accounts.access` makes them."""

    user: int | None
    """Id of the user; ``None`` for the command line of the machine itself."""
    label: str
    """What the audit log calls them: the e-mail address."""
    organization: UUID
    organization_slug: str
    role: Role
    token: str = ""
    """Name of the API token that they act with; empty when they do not."""

    def require(self, verb: Verb) -> None:
        """Raise `Forbidden` unless the role allows ``verb``."""
        require(self.role, verb)
