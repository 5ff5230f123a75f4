"""How rough a run is, made from its seed."""

from __future__ import annotations

from random import Random

import msgspec


class Climate(msgspec.Struct, frozen=True):
    """How rough a run is."""

    workers: int
    jobs: int
    trouble: float
    """Share of actions that something happens to."""
    trouble_until: float
    """Virtual second after which nothing goes wrong any more."""
    acts: int
    """How often people cancel, pause and resume."""
    jumps: int
    """How often the database's clock is set."""
    restarts: int
    """How often a worker is told to stop, and another one takes its place."""
    slots: int
    most_calls: int | None
    """Of the organization's calls, how many may be under way at once."""
    calls_a_second: int | None


def climate(random: Random) -> Climate:
    """What the seed makes of a run."""
    chance = random.random
    calm = chance() < 0.15
    return Climate(
        workers=1 + int(chance() * 3),
        jobs=1 + int(chance() * 4),
        trouble=0.0 if calm else (0.02, 0.08, 0.2)[int(chance() * 3)],
        trouble_until=4 + chance() * 10,
        acts=0 if chance() < 0.6 else 1 + int(chance() * 6),
        jumps=0 if calm or chance() < 0.8 else 1 + int(chance() * 2),
        restarts=0 if chance() < 0.7 else 1 + int(chance() * 3),
        slots=(1, 3, 8, 64)[int(chance() * 4)],
        most_calls=1 + int(chance() * 3) if chance() < 0.2 else None,
        calls_a_second=2 + int(chance() * 9) if chance() < 0.1 else None,
    )
