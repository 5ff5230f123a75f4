"""All SQL that is hot or shared: the schema of the job tables, and named statements.

``schema/*.sql`` are run by Django's migrations, in order. ``*.sql`` beside this file hold statements, each under a line
``-- name: …`` and a comment that says what it promises. Both the web side and the runtime execute these same texts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str) -> dict[str, str]:
    """The statements of ``<file>.sql`` by name."""
    parts = _NAME.split(_read(f"{file}.sql"))
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def statement(file: str, name: str) -> str:
    """One named statement."""
    return statements(file)[name]


def schema(name: str) -> str:
    """The text of ``schema/<name>.sql``."""
    return _read(f"schema/{name}.sql")


def schema_names() -> list[str]:
    """The names of all schema texts, in the order in which they are to be run."""
    folder = files(__name__).joinpath("schema")
    return sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))


def _read(path: str) -> str:
    return files(__name__).joinpath(path).read_text(encoding="utf-8")
