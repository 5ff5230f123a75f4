"""Hypothesis strategies: valid nested workflow documents, and what their calls answer.

Every document compiles: ids are unique, and a step names only what it can see. Sizes are small, since what matters is
how the parts combine. Timeouts are left out but for approvals that nobody answers, so that a job's result does not
depend on how long things take.
"""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st
from reference_interpreter import Said

JSON = Any

INPUTS: JSON = {"n": 3, "items": [1, 2, 3], "none": [], "text": "t"}
VARS: JSON = {"k": 7}
MAX_DEPTH = 4
MAX_STEPS = 22


class Sight(NamedTuple):
    """What a template can name."""

    steps: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Steps whose handler it stands in: they have an error and no output."""
    item: bool = False

    def after(self, step_id: str) -> Sight:
        return self._replace(steps=(*self.steps, step_id))


class Plan(NamedTuple):
    """What every call of a job answers, by path, round and attempt; and what people answer."""

    answers: tuple[str | int | tuple[int, ...] | None, ...]
    """``echo``, ``retry``, ``fail``, or a value."""
    salt: int
    silent: int
    """Approvals whose number modulo this is 0 stay unanswered; 0 when all are answered."""

    def say(self, path: str, tries: int, attempt: int, inputs: JSON) -> Said:
        """The answer to a call; the same call always gets the same."""
        place = sum((i + 1) * ord(c) for i, c in enumerate(path)) + 31 * tries + 7 * attempt + self.salt
        answer = self.answers[place % len(self.answers)]
        if answer == "retry":
            return Said(code="busy", retryable=True)
        if answer == "fail":
            return Said(code="broken")
        if answer == "echo":
            # An echo of echoes would grow without end.
            small = len(msgspec.json.encode(blurred(inputs))) < 500
            return Said(inputs if small else "large")
        return Said(list(answer) if isinstance(answer, tuple) else answer)

    def forms(self, ids: list[str]) -> dict[str, JSON]:
        """The filled-in forms, by id of the approval."""
        return {
            step_id: {"by": step_id}
            for step_id in ids
            if self.silent == 0 or int(step_id.removeprefix("s")) % self.silent != 0
        }


def blurred(value: JSON) -> JSON:
    """A value without the texts of the errors in it, which nobody promised."""
    if isinstance(value, dict):
        if value.keys() == {"code", "message", "path", "details"}:
            return {"code": value["code"], "path": value["path"]}
        return {key: blurred(part) for key, part in value.items()}
    return [blurred(part) for part in value] if isinstance(value, list) else value


good_answers = st.sampled_from(["echo", "echo", "echo", 0, 1, 5, None, (), (4, 5)])
answers = st.one_of(good_answers, good_answers, st.sampled_from(["retry", "retry", "fail"]))


def plans(answer: st.SearchStrategy[Any] = answers) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan, st.lists(answer, min_size=1, max_size=9).map(tuple), st.integers(0, 1000), st.sampled_from([0, 0, 1, 2])
    )


@st.composite
def documents(draw: st.DrawFn, *, joins: tuple[str, ...] = ("all", "any", "settled")) -> JSON:
    """A whole document."""
    steps = Steps(draw, joins)
    top, sight = steps.some(Sight(), MAX_DEPTH)
    document: JSON = {"vars": VARS, "steps": top}
    if draw(st.booleans()):
        document["output"] = steps.template(sight)
    return document


class Steps:
    """Makes steps. What draws can be replaced: everything is chosen by ``one_of`` and ``chance``."""

    def __init__(self, draw: st.DrawFn, joins: tuple[str, ...]) -> None:
        self.draw, self.joins = draw, joins
        self.numbers = count(1)
        self.left = MAX_STEPS

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, one_in: int) -> bool:
        return bool(self.draw(st.integers(1, one_in)) == one_in)

    def some(self, sight: Sight, depth: int) -> tuple[list[JSON], Sight]:
        """A list of steps, and what can be seen after it."""
        steps: list[JSON] = []
        for _ in range(self.one_of(*((3, 2, 4) if depth == MAX_DEPTH else (2, 1, 3)))):
            if steps and self.left <= 0:
                break
            step = self.step(sight, depth)
            sight = sight.after(step["id"])
            steps.append(step)
        return steps, sight

    def step(self, sight: Sight, depth: int) -> JSON:
        self.left -= 1
        step: JSON = {"id": f"s{next(self.numbers)}"}
        kinds = [self.call, self.call, self.call, self.wait, self.approval]
        if depth > 1 and self.left > 0:
            kinds += [self.group, self.foreach, self.parallel, self.choice, self.calls]
        self.one_of(*kinds)(step, sight, depth)
        if self.chance(4):
            step["if"] = self.condition(sight)
        if self.chance(5):
            own = f"{{{{ steps.{step['id']}.output }}}}"
            step["output"] = self.one_of(own, *[{"own": own, "more": self.template(sight)}] * 4, "{{ vars.k / 0 }}")
        if self.chance(2):
            step["on_error"] = self.on_error(step, sight, depth)
        return step

    def on_error(self, step: JSON, sight: Sight, depth: int) -> JSON:
        if depth == 1 or self.left <= 0 or self.chance(2):
            return self.one_of("continue", "continue", "fail")
        return self.some(sight._replace(failed=(*sight.failed, step["id"])), depth - 1)[0]

    # Kinds

    def call(self, step: JSON, sight: Sight, depth: int) -> None:
        step["uses"] = "core/set@1"
        if self.chance(4):
            step["with"] = {}
        else:
            names = self.one_of(("a",), ("a", "b"))
            step["with"] = {name: self.template(sight) for name in names}
        if self.chance(3):
            step["retry"] = self.retry()
        if self.chance(6):
            step["mock"] = self.template(sight)

    def calls(self, step: JSON, sight: Sight, depth: int) -> None:
        self.call(step, sight._replace(item=True), depth)
        self.items(step, sight)

    def group(self, step: JSON, sight: Sight, depth: int) -> None:
        step["steps"] = self.some(sight, depth - 1)[0]
        self.tries(step)

    def foreach(self, step: JSON, sight: Sight, depth: int) -> None:
        step["steps"] = self.some(sight._replace(item=True), depth - 1)[0]
        self.items(step, sight)
        self.tries(step)

    def parallel(self, step: JSON, sight: Sight, depth: int) -> None:
        names = self.one_of(("left", "right"), ("one",), ("x", "y", "z"))
        step["branches"] = {name: self.some(sight, depth - 1)[0] for name in names}
        join = self.one_of(*self.joins)
        if join != "all" or self.chance(2):
            step["join"] = join
        self.tries(step)

    def choice(self, step: JSON, sight: Sight, depth: int) -> None:
        step["cases"] = [
            {"if": self.condition(sight), "steps": self.some(sight, depth - 1)[0]} for _ in range(self.one_of(1, 2))
        ]
        if self.chance(2):
            step["else"] = self.some(sight, depth - 1)[0]
        self.tries(step)

    def wait(self, step: JSON, sight: Sight, depth: int) -> None:
        step["wait"] = self.one_of("1s", "20m", {"until": "2030-01-01T00:00:00Z"}, {"until": "1990-01-01"})

    def approval(self, step: JSON, sight: Sight, depth: int) -> None:
        step["approval"] = {"title": "Go on?", "timeout": "1d"}

    # Keys

    def items(self, step: JSON, sight: Sight) -> None:
        lists: tuple[JSON, ...] = ([], [7], [1, 2], "{{ inputs.items }}", "{{ inputs.none }}", ["{{ inputs.n }}", 0])
        named = tuple(f"{{{{ steps.{name}.output }}}}" for name in sight.steps[-2:])
        step["foreach"] = self.one_of(*lists, *named)
        if self.chance(2):
            step["concurrency"] = self.one_of(1, 2)

    def tries(self, step: JSON) -> None:
        if self.chance(4):
            step["retry"] = self.retry()

    def retry(self) -> JSON:
        return {"attempts": self.one_of(1, 2, 2, 3), "delay": self.one_of("0s", "1s")}

    def template(self, sight: Sight) -> JSON:
        """Something that names up to two things."""
        first = self.name(sight)
        return self.one_of(first, first, [first, self.name(sight)], "n is {{ inputs.n }}", 1)

    def name(self, sight: Sight) -> str:
        options = ["inputs.n", "inputs.text", "vars.k"]
        for step_id in sight.steps:
            # Outputs weigh more: what flows from step to step is what can go wrong.
            options += [f"steps.{step_id}.output"] * 3
            options += [f"steps.{step_id}.state", f"steps.{step_id}.error.code | default('fine')"]
        options += [f"steps.{step_id}.error" for step_id in sight.failed]
        if sight.item:
            options += ["item", "item", "index"]
        return f"{{{{ {self.one_of(*options)} }}}}"

    def condition(self, sight: Sight) -> JSON:
        options: list[JSON] = [True, False, "{{ inputs.n > 2 }}", "{{ inputs.none }}"]
        for step_id in sight.steps[-4:]:
            options += [f"{{{{ steps.{step_id}.output }}}}", f"{{{{ steps.{step_id}.state == 'succeeded' }}}}"]
            options += [f"{{{{ not steps.{step_id}.error }}}}", f"{{{{ steps.{step_id}.state != 'skipped' }}}}"]
        options += [f"{{{{ steps.{step_id}.output > 1 }}}}" for step_id in sight.steps[-1:]]
        if sight.item:
            options += ["{{ index == 0 }}", "{{ item > 1 }}"]
        return self.one_of(*options)


def approvals_in(document: JSON) -> list[str]:
    """Ids of the approvals of a document."""
    found: list[str] = []

    def walk(value: JSON) -> None:
        if isinstance(value, dict):
            if "approval" in value:
                found.append(value["id"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(document)
    return found
