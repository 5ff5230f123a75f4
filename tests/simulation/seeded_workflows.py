"""The workflows of a run, made from its seed: those of ``random_workflows``, in a hurry, with all kinds of services."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from random_workflows import MAX_DEPTH, VARS, Plan, Sight, Steps
from reference_interpreter import Said

from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.route import make_route
from tropeiro.ports.executor import Automation, Builtin, HttpEndpoint, Implementation, ServiceVersion
from tropeiro.ports.store import Runnable

JSON = Any

HOUSE, NEIGHBOUR = UUID(int=0x70), UUID(int=0x71)
EPOCH_MS = 1_893_455_990_000
"""Ten seconds before the year 2030, for which some of the workflows wait."""
CHILD_SAYS = {"child": "done"}

_ANSWERS = ("echo", "echo", "echo", 0, 1, 5, None, (), (4, 5))
_FAILURES = ("retry", "retry", "fail")
_CHILDREN = (
    [{"id": "c1", "uses": "core/set@1"}],
    [
        {"id": "c1", "uses": "core/set@1"},
        {"id": "c2", "foreach": [1, 2], "steps": [{"id": "c3", "uses": "core/set@1"}]},
    ],
    [{"id": "c1", "wait": "1s"}, {"id": "c2", "uses": "core/set@1"}],
)


def _service(number: int, name: str, implementation: Implementation | None = None, **keys: Any) -> ServiceVersion:
    return ServiceVersion(
        id=UUID(int=number), organization=HOUSE, project=HOUSE, name=name, version=1,
        implementation=implementation or Builtin(name), retry=RetryPolicy(attempts=1), **keys,
    )  # fmt: skip


PLAIN, PURE, SLOW, CAREFUL, LATER, POISON = (
    _service(0x100, "plain"),
    _service(0x101, "pure", pure=True),
    _service(0x102, "slow"),
    _service(0x103, "careful", idempotent=False),
    _service(0x104, "later", HttpEndpoint("https://example.org", callback=True)),
    _service(0x105, "poison"),
)
RUNNABLES = {
    UUID(int=0x200 + n): Runnable(
        id=UUID(int=0x200 + n), organization=HOUSE, project=HOUSE, name=f"child{n}", version=1,
        route=make_route({"steps": msgspec.json.decode(
            msgspec.json.encode(steps).replace(b'"core/set@1"', f'"core/set@1","service":"{PLAIN.id}"'.encode())
        ), "output": CHILD_SAYS}),
    )
    for n, steps in enumerate(_CHILDREN)
}  # fmt: skip
CHILDREN = tuple(_service(0x300 + n, f"child{n}", Automation(one)) for n, one in enumerate(RUNNABLES))
SERVICES = {one.id: one for one in (PLAIN, PURE, SLOW, CAREFUL, LATER, POISON, *CHILDREN)}

_CALLED = (PLAIN, PLAIN, PURE, PURE, PURE, SLOW, CAREFUL, LATER, LATER, *CHILDREN)


class Script(msgspec.Struct, frozen=True):
    """A workflow, and what is answered in it."""

    document: JSON
    plan: Plan
    services: dict[str, ServiceVersion]
    """By id of the step that calls it."""
    timed: bool
    """Whether something in it ends by the clock, so that its result depends on how long things take."""

    def is_automation(self, step_id: str) -> bool:
        """Whether this step starts a job."""
        service = self.services.get(step_id)
        return service is not None and isinstance(service.implementation, Automation)

    def say(self, path: str, round_: int, attempt: int, inputs: JSON) -> Said:
        """What the call says; ``attempt`` counts failures only, so that a lost worker changes nothing."""
        step_id = path.rpartition(".")[2].partition("[")[0]
        if self.is_automation(step_id):
            return Said(CHILD_SAYS)
        if self.services[step_id] is POISON:
            return Said(code="quarantined")
        return self.plan.say(path, round_, attempt, inputs)


def make_script(random: Random, *, size: int = 12) -> Script:
    """A workflow and its answers."""
    steps = HurriedSteps(random, size)
    top, sight = steps.some(Sight(), MAX_DEPTH)
    document: JSON = {"schema": "tropeiro/v1", "vars": VARS, "steps": top}
    if steps.chance(2):
        document["output"] = steps.template(sight)
    if steps.may_be_timed and steps.chance(3):
        document["timeout"], steps.timed = steps.one_of("5s", "30s"), True
    services = {}
    for step in _calls_in(document):
        service = services[step["id"]] = steps.one_of(*_CALLED)
        step["service"], step["uses"] = str(service.id), f"sim/{service.name}@1"
    if services and steps.chance(30):
        step = steps.one_of(*_calls_in(document))
        services[step["id"]] = POISON
        step["service"], step["uses"] = str(POISON.id), f"sim/{POISON.name}@1"
    answers = _ANSWERS + steps.one_of((), (), _FAILURES, _FAILURES * 3)
    said = tuple(steps.one_of(*answers) for _ in range(7))
    return Script(document, Plan(said, int(random.random() * 1000), steps.one_of(0, 0, 1, 2)), services, steps.timed)


class HurriedSteps(Steps):
    """Steps that wait for seconds only, and some that end by the clock."""

    def __init__(self, random: Random, size: int) -> None:
        self._random = random.random
        self.joins = ("all", "any", "settled")
        self.numbers = count(1)
        self.left = size
        self.timed = False
        self.may_be_timed = self.chance(4)

    def one_of(self, *options: Any) -> Any:
        return options[int(self._random() * len(options))]

    def chance(self, one_in: int) -> bool:
        return self._random() * one_in < 1

    def step(self, sight: Sight, depth: int) -> JSON:
        step = super().step(sight, depth)
        if self.may_be_timed and not {"wait", "approval", "cases"} & step.keys() and self.chance(3):
            step["timeout"], self.timed = self.one_of("200ms", "2s", "8s"), True
        return step

    def wait(self, step: JSON, sight: Sight, depth: int) -> None:
        step["wait"] = self.one_of("1s", "3s", {"until": "2030-01-01T00:00:00Z"}, {"until": "1990-01-01"})

    def approval(self, step: JSON, sight: Sight, depth: int) -> None:
        step["approval"] = {"title": "Go on?", "timeout": "15s"}


def _calls_in(value: JSON) -> Iterator[JSON]:
    if isinstance(value, dict):
        if "uses" in value:
            yield value
        for part in list(value.values()):
            yield from _calls_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _calls_in(part)
