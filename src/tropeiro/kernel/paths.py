"""Where a packet is, as text for people: ``records[3].fetch``, ``both.left.check``."""

from __future__ import annotations

from tropeiro.kernel.packet import Packet
from tropeiro.kernel.workflow import Role, Step, StepList, Workflow


def is_root(workflow: Workflow, steps: StepList) -> bool:
    """Whether a packet of its own walks this list: the top list, a ``foreach`` body, or a branch."""
    if steps.role is Role.BODY:
        owner = workflow.steps[steps.owner or 0]
        return owner.foreach is not None
    return steps.role in (Role.TOP, Role.BRANCH)


def base_path(packet: Packet) -> str:
    """Path of what the packet walks: empty for a job's own packet, ``records[3]`` or ``both.left`` for a branch."""
    if packet.join is None:
        return ""
    workflow = packet.route.workflow
    home = workflow.lists[workflow.steps[packet.step].home]
    while not is_root(workflow, home):
        home = workflow.lists[workflow.steps[home.owner or 0].home]
    if home.role is Role.BRANCH:
        return f"{packet.scope.prefix}.{home.name}"
    return f"{packet.scope.prefix}[{packet.branch}]"


def step_path(packet: Packet, step: Step) -> str:
    """Path of a step that this packet walks."""
    if step.inner:
        return base_path(packet)
    workflow = packet.route.workflow
    parts = [step.id]
    home = workflow.lists[step.home]
    while not is_root(workflow, home):
        owner = workflow.steps[home.owner or 0]
        parts.append(owner.id)
        home = workflow.lists[owner.home]
    if packet.join is not None:
        parts.append(base_path(packet))
    return ".".join(reversed(parts))


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
