"""The door to the audit log: admins and owners read it."""

from __future__ import annotations

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


def reader(member: Member) -> Member:
    """``member``, who may read the audit log. Raises `Forbidden`."""
    member.require(Verb.READ_AUDIT)
    return member
