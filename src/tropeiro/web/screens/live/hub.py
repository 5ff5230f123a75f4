"""What all streams of this process share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from tropeiro.kernel.errors import NotFound
from tropeiro.web.jobs.access import owners_of
from tropeiro.web.member import Member
from tropeiro.web.screens.live.doorkeeper import Doorkeeper
from tropeiro.web.screens.live.listener import Listener
from tropeiro.web.screens.live.looks import Looks
from tropeiro.web.screens.live.renderings import Renderings
from tropeiro.web.screens.live.watch import Part, Watch

MOST_STREAMS = 2_000
"""Of one process; more are asked to come back later."""

NOTHING = "There is nothing here that you can follow."


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who follows, and how it is to be worded."""

    user: int
    organization: str
    """Short name."""
    language: str
    zone: str
    """Time zone, as the IANA database calls it."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a look gives to everybody who shares it."""

    parts: Mapping[str, tuple[str, str]]
    """Digest and text of each part by name."""
    added: Mapping[str, str]
    cursor: str
    more: bool
    over: bool
    own: Callable[[Member], Mapping[str, Part]]


@dataclass(slots=True)
class Hub:
    """The listener, the looks and the doorkeeper of an event loop."""

    looks: Looks = field(default_factory=Looks)
    renderings: Renderings = field(default_factory=Renderings)
    doorkeeper: Doorkeeper = field(init=False)
    listener: Listener = field(init=False)
    streams: int = 0

    def __post_init__(self) -> None:
        self.doorkeeper = Doorkeeper(self.looks)
        self.listener = Listener(self._owners)

    async def look(self, viewer: Viewer, watch: Watch, source: str, after: str) -> Update:
        """Look once for a viewer. ``source`` names what ``watch`` looks at. Raises `NotFound`, `Forbidden`."""
        standing = await self.doorkeeper.standing(viewer.user, viewer.organization)
        if standing is None or (watch.for_operators and not standing.is_operator):
            raise NotFound(NOTHING)
        member = standing.member
        scope = (source, member.organization, viewer.language, viewer.zone, watch.shared_by(member))

        def read() -> Update:
            with _worded(viewer):
                return self._read(member, watch, scope, after)

        update = await self.looks.share((*scope, after), lambda: read)
        with _worded(viewer):
            own = self._texts(scope, update.own(member))
        return replace(update, parts={**own, **update.parts}) if own else update

    def _read(self, member: Member, watch: Watch, scope: tuple[Hashable, ...], after: str) -> Update:
        seen = watch.read(member, after)
        parts = self._texts(scope, seen.parts)
        return Update(parts, seen.added, seen.cursor or after, seen.more, seen.over, seen.own)

    def _texts(self, scope: tuple[Hashable, ...], parts: Mapping[str, Part]) -> dict[str, tuple[str, str]]:
        digests = {name: sha256(repr(part.key).encode()).hexdigest() for name, part in parts.items()}
        return {
            name: (digest, self.renderings.text((*scope, name), digest, parts[name].render))
            for name, digest in digests.items()
        }

    async def _owners(self, jobs: Collection[UUID]) -> Mapping[UUID, UUID]:
        wanted = frozenset(jobs)
        return await self.looks.share(("owners", wanted), lambda: lambda: owners_of(wanted))


@contextmanager
def _worded(viewer: Viewer) -> Iterator[None]:
    with translation.override(viewer.language), timezone.override(ZoneInfo(viewer.zone)):
        yield


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop; a process that serves has one."""
    loop = asyncio.get_running_loop()
    known = _hubs.get(loop)
    if known is None:
        known = _hubs[loop] = Hub()
    return known
