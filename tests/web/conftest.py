"""The standing cast: Alice owns the organization Acme, Bob, her teammate, may only look, Charlie is an outsider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from web_cast import PASSWORD, Cast

from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member, create_organization, create_user
from tropeiro.web.permissions import Role
from tropeiro.web.projects.core import sync_core


@pytest.fixture
def web_settings(settings: Any, tmp_path: Path) -> Any:
    """Settings with keys and a folder for large values."""
    settings.TROPEIRO = replace(
        settings.TROPEIRO,
        master_keys=(Fernet.generate_key().decode(),),
        blobs=f"file://{tmp_path}/blobs",
        secret_key="k" * 50,
    )
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings


@pytest.fixture
def cast(web_settings: Any, db: None) -> Cast:
    """Alice, Bob and Charlie, with the built-in services in the house."""
    sync_core()
    people = {name: create_user(f"{name}@example.org", PASSWORD)[0] for name in ("alice", "bob", "charlie")}
    create_organization("acme", "Acme", owner=people["alice"])
    create_organization("rivals", "Rivals", owner=people["charlie"])
    alice = member_by_email("alice@example.org", "acme")
    add_member(alice, "bob@example.org", Role.VIEWER)
    return Cast(
        alice=alice,
        bob=member_by_email("bob@example.org", "acme"),
        charlie=member_by_email("charlie@example.org", "rivals"),
    )


@pytest.fixture
def nobody() -> UUID:
    """An id that nothing has."""
    return UUID("00000000-0000-7000-8000-000000000000")
