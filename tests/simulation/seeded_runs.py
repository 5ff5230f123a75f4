"""Runs by their seeds, and how to see one again."""

from __future__ import annotations

import json
import traceback

from simulated_world import World

LAST_EVENTS = 25


class SeedFailed(AssertionError):
    """A run broke a promise. Its text says how to see it again."""


def simulate(seed: int) -> World:
    """The world of a seed after its run. Raises `SeedFailed`."""
    world = World(seed)
    try:
        world.run()
    except Exception as error:
        events = "\n".join(world.trace.lines()[-LAST_EVENTS:])
        told = f"{error!r}\n\nThe last events of seed {seed}:\n{events}\n\nSee it again: make simulate SEED={seed}"
        raise SeedFailed(told) from error
    return world


def replay(seed: int) -> tuple[str, bool]:
    """Everything about one seed as text, and whether all promises were kept."""
    world = World(seed)
    try:
        world.run()
    except Exception:  # noqa: BLE001 - whatever it was is told
        ended = f"FAILED\n{traceback.format_exc()}"
    else:
        ended = "As promised."
    parts = [f"Seed {seed}: {world.climate}"]
    for job, script in world.scripts.items():
        document = json.dumps(script.document, indent=1)
        parts.append(f"Job #{job.int}, whose calls answer by {script.plan}:\n{document}")
    parts.append("\n".join(world.trace.lines()))
    parts.append(f"{len(world.trace)} events, digest {world.trace.digest()}. {ended}")
    return "\n\n".join(parts) + "\n", ended == "As promised."
