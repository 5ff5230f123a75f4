"""What an example of a service is: documentation that a test executes."""

from __future__ import annotations

from typing import Any, NamedTuple

EXAMPLE_SITE = "https://api.example.com"
"""Where examples call out to. The test that executes them puts a server of its own in its place."""


class Served(NamedTuple):
    """An answer of the example's site."""

    path: str
    body: Any
    """JSON."""
    status: int = 200


class Example(NamedTuple):
    """Inputs, and the output that they give."""

    service: str
    title: str
    inputs: dict[str, Any]
    output: Any = None
    error: str = ""
    """Code of the error that they give instead."""
    credential: dict[str, Any] | None = None
    site: tuple[Served, ...] = ()
