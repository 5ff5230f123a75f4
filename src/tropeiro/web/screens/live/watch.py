"""What a page follows, and what a look at it gives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tropeiro.web.member import Member
from tropeiro.web.screens.live.topics import Topic

KEEP_ALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page, which is sent again whenever it is different."""

    key: Any
    """Everything that its text depends on; its ``repr`` is compared. Time that merely passes is not in it."""
    render: Callable[[], str]
    """The text: HTML, or JSON for a script. Called once for each key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look saw."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    """By the name of the event."""
    own: Callable[[Member], Mapping[str, Part]] = lambda _: {}
    """Further parts, which depend on who looks and not only on `Watch.shared_by`: made for each viewer from what was
    read for all, without the database."""
    added: Mapping[str, str] = field(default_factory=dict)
    """Events that are sent as they are, each once: what came after the cursor that was asked for."""
    cursor: str = ""
    """Where the next look goes on: any text of one line. Empty means: as before."""
    more: bool = False
    """Whether there is more already, or in a moment."""
    over: bool = False
    """Whether nothing more will ever come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a page follows."""

    topic: Topic
    read: Callable[[Member, str], Seen]
    """Look, as a member, for what came after a cursor (the empty text at first). On a thread, synchronous. What it
    raises of `NotFound` and `Forbidden` ends the stream."""
    shared_by: Callable[[Member], Hashable]
    """What the answer depends on beside organization, language, time zone and cursor. Viewers with equal keys share
    one look, so a key that names too little shows one member what only another may see."""
    every: float = KEEP_ALIVE_SECONDS
    """Seconds after which to look although nothing was told."""
    for_operators: bool = False
    """Whether only operators of the platform may follow."""
