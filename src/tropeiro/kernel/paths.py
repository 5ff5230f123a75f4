"""Where a packet is, as text for people: ``records[3].fetch``, ``both.left.check``."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from tropeiro.kernel.packet import Packet
from tropeiro.kernel.workflow import Role, Step, StepList


def is_root(steps: Sequence[Step], home: StepList) -> bool:
    """Whether a packet of its own walks this list: the top list, a ``foreach`` body, or a branch."""
    if home.role is Role.BODY:
        return steps[home.owner or 0].foreach is not None
    return home.role in (Role.TOP, Role.BRANCH)


def with_places(steps: Sequence[Step], lists: Sequence[StepList]) -> tuple[Step, ...]:
    """The steps with ``root`` and ``trail`` set: what of a step's path is known before any packet walks it."""
    return tuple(_placed(step, steps, lists) for step in steps)


def _placed(step: Step, steps: Sequence[Step], lists: Sequence[StepList]) -> Step:
    parts = [] if step.inner else [step.id]
    root = step.home
    while not is_root(steps, lists[root]):
        owner = steps[lists[root].owner or 0]
        parts.append(owner.id)
        root = owner.home
    return replace(step, root=root, trail=".".join(reversed(parts)))


def base_path(packet: Packet) -> str:
    """Path of what the packet walks: empty for a job's own packet, ``records[3]`` or ``both.left`` for a branch."""
    if packet.join is None:
        return ""
    workflow = packet.route.workflow
    home = workflow.lists[workflow.steps[packet.step].root]
    if home.role is Role.BRANCH:
        return f"{packet.scope.prefix}.{home.name}"
    return f"{packet.scope.prefix}[{packet.branch}]"


def step_path(packet: Packet, step: Step) -> str:
    """Path of a step that this packet walks."""
    if packet.join is None:
        return step.trail
    base = base_path(packet)
    return f"{base}.{step.trail}" if step.trail else base


def round_of(packet: Packet, step: Step, *, inside: bool = False) -> int:
    """Which try of what encloses ``step`` this is, from 0; ``inside``: of what encloses the steps inside of it.

    No two tries have the same number, also where retried groups stand in retried groups: their failures are the digits
    of the number, the outermost first, and the tries that each of them allows are its bases.
    """
    number = packet.scope.round
    for n in sorted(packet.groups):
        policy = packet.route.workflow.steps[n].retry
        if policy is not None and (n < step.n or (inside and n == step.n)):
            number = number * policy.attempts + packet.groups[n].failures
    return number
