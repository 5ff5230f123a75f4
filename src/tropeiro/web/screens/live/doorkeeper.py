"""Whether those who follow something still may: asked anew at every look, for all who wait in one query."""

from __future__ import annotations

from collections.abc import Mapping

from tropeiro.web.accounts.access import Standing, standings
from tropeiro.web.screens.live.looks import Looks

Who = tuple[int, str]
"""A user's id, and the short name of an organization."""


class Doorkeeper:
    """Asks who is what now."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._asked: set[Who] = set()

    async def standing(self, user: int, organization: str) -> Standing | None:
        """What a user is now in the organization with this short name; ``None`` when nothing."""
        who = (user, organization)
        self._asked.add(who)

        def prepare() -> _Ask:
            asked, self._asked = self._asked, set()
            return _Ask(frozenset(asked))

        known = await self._looks.share("who may", prepare)
        return known.get(who)


class _Ask:
    def __init__(self, asked: frozenset[Who]) -> None:
        self._asked = asked

    def __call__(self) -> Mapping[Who, Standing]:
        return standings(self._asked)
