"""A program that has a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from tropeiro.web.member import Member
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.actions import create_token


@dataclass(frozen=True)
class Program:
    """Sends requests with a token."""

    token: str

    def get(self, path: str, **query: Any) -> Any:
        """GET ``/api/v1`` + path."""
        return Client().get(f"/api/v1{path}", query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """POST a JSON body."""
        headers = self._headers() | ({"Idempotency-Key": key} if key is not None else {})
        return Client().post(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def program(member: Member, role: Role | None = None) -> Program:
    """A program of ``member``, with their own role unless another is named."""
    return Program(create_token(member, "program", role or member.role).text)
