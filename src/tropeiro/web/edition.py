"""Which tables and built-in services a database holds, told by one query instead of a look at each.

When a database was brought to what this code has, a digest of that code is left in it, as the comment on the table of
applied migrations. As long as the two agree there is nothing to bring. Loads no framework.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

EDITION = "SELECT obj_description(to_regclass('django_migrations'), 'pg_class')"
"""Gives the database's edition, or null when nobody has left one."""

_TROPEIRO = Path(__file__).parents[1]
_DECIDING = (
    "kernel/schema*.py",
    "sdk/*.py",
    "services/**/*.py",
    "sql/schema/*.sql",
    "web/*/migrations/*.py",
    "web/protection.py",
    "web/tenant_role.py",
    "web/projects/*.py",
    "web/services/*.py",
)
"""What tables and built-in services come from."""
_LIBRARIES = {"django": "__init__.py", "allauth": "__init__.py", "pydantic": "version.py"}
"""Libraries that have a part in it, and the files of theirs that say their versions."""


@cache
def this_edition() -> str:
    """The edition that this code brings a database to."""
    digest = hashlib.sha256()
    for path in _deciding():
        digest.update(f"{path.parent.name}/{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _deciding() -> Iterator[Path]:
    for pattern in _DECIDING:
        yield from sorted(_TROPEIRO.glob(pattern))
    for library, file in _LIBRARIES.items():
        # Found, not imported: that would take longer than everything else here.
        found = find_spec(library)
        if found is not None and found.origin is not None:
            yield Path(found.origin).with_name(file)
