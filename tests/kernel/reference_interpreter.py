"""A naive interpreter of workflow documents: what a job must give, told as simply as possible.

It walks the JSON document itself, recursively, one step after the other, with no packets, no queue and no liveness:
every result stays where later steps can see it. It knows nothing of the compiled ``Workflow``; of the kernel it uses
the expressions only. ``advance`` is tested against it.

Two things are left open by the language: when one branch fails, which of the others had still arrived; and which branch
of an ``any`` arrives first. They are asked of ``arrived``; everything else follows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import compile_template

JSON = Any


class Said(NamedTuple):
    """What a call answers: an output, or an error."""

    output: JSON = None
    code: str = ""
    retryable: bool = False

    @property
    def failed(self) -> bool:
        return self.code != ""


class Failed(Exception):
    """A step failed, and nothing at it dealt with that."""

    def __init__(self, code: str, path: str, *, retryable: bool = False, details: JSON = None) -> None:
        super().__init__(code, path)
        self.code, self.path, self.retryable, self.details = code, path, retryable, details

    def seen(self) -> JSON:
        """The error as expressions see it; texts are not compared."""
        return {"code": self.code, "message": "", "path": self.path, "details": self.details}


class Ran(NamedTuple):
    """What came of a job."""

    state: str
    output: JSON
    error: tuple[str, str] | None
    """Code and path."""
    history: dict[tuple[str, int, int], str]
    """State of every attempt, by path, round and attempt. A round is one try of what encloses the step."""
    cut: set[str]
    """Paths of splits that came together before all their branches had arrived."""


class At(NamedTuple):
    """Where the interpreter is."""

    prefix: str
    """Path of what encloses the steps, with its dot."""
    round: int
    names: dict[str, JSON]
    """Names for expressions; ``names["steps"]`` is never shared with a sibling branch."""


Call = Callable[[str, int, int, JSON], Said]
"""Path, round, attempt and inputs → what the service says."""
Arrived = Callable[[str, int, int], list[int] | None]
"""Path, round and attempt of a split → indexes of the branches that had arrived; ``None``: all of them."""

Branch = Callable[[], JSON]


class Interpreter:
    """Runs one job."""

    def __init__(
        self, document: JSON, call: Call, arrived: Arrived, *, inputs: JSON, forms: dict[str, JSON], mock: bool = False
    ) -> None:
        """``forms`` are the answers of approvals, by id of the step; without one it times out."""
        self.document = document if isinstance(document, dict) else {"steps": document}
        self.call, self.arrived = call, arrived
        self.inputs, self.forms, self.mock = inputs, forms, mock
        self.history: dict[tuple[str, int, int], str] = {}
        self.cut: set[str] = set()

    def run(self) -> Ran:
        names = {"inputs": self.inputs, "vars": self.document.get("vars", {}), "steps": {}}
        at = At("", 0, names)
        try:
            output = self.steps(self.document["steps"], at)
            if "output" in self.document:
                output = self.render(self.document["output"], names, path="")
        except Failed as failed:
            return Ran("failed", None, (failed.code, failed.path), self.history, self.cut)
        return Ran("succeeded", output, None, self.history, self.cut)

    def steps(self, steps: list[JSON], at: At) -> JSON:
        """The output of the last step. What ran is visible to what follows, in this list and inside it."""
        output = None
        for step in steps:
            result = self.step(step, at)
            at.names["steps"][step["id"]] = result
            output = result["output"]
        return output

    def inside(self, steps: list[JSON], at: At, *, prefix: str, round_: int, **more: JSON) -> JSON:
        """Steps that see everything around them, and that nothing around them sees."""
        names = {**at.names, **more, "steps": dict(at.names["steps"])}
        return self.steps(steps, At(prefix, round_, names))

    # One step

    def step(self, step: JSON, at: At) -> JSON:
        path = at.prefix + step["id"]
        attempt = 1
        while True:
            try:
                if not self.render(step.get("if", True), at.names, path=path):
                    self.history[path, at.round, attempt] = "skipped"
                    return {"output": None, "error": None, "state": "skipped"}
                output = self.once(step, path, attempt, at)
                if "output" in step:
                    own = {"output": output, "error": None, "state": "succeeded"}
                    names = {**at.names, "steps": {**at.names["steps"], step["id"]: own}}
                    output = self.render(step["output"], names, path=path)
            except Failed as failed:
                state = "timed_out" if failed.code == "timeout" and failed.path == path else "failed"
                self.history[path, at.round, attempt] = state
                if failed.retryable and attempt < self.attempts(step):
                    attempt += 1
                    continue
                return self.on_error(step, path, failed, state, at)
            self.history[path, at.round, attempt] = "succeeded"
            return {"output": output, "error": None, "state": "succeeded"}

    def attempts(self, step: JSON) -> int:
        """A call with ``foreach`` is tried again item by item."""
        if "uses" in step and "foreach" in step:
            return 1
        return int(step.get("retry", {"attempts": 1})["attempts"])

    def on_error(self, step: JSON, path: str, failed: Failed, state: str, at: At) -> JSON:
        what = step.get("on_error", "fail")
        if what == "fail":
            raise failed
        if what == "continue":
            return {"output": None, "error": failed.seen(), "state": state}
        result = {"output": None, "error": failed.seen(), "state": state}
        names = {**at.names, "steps": {**at.names["steps"], step["id"]: result}}
        output = self.steps(what, At(path + ".", at.round, names))
        return {**result, "output": output}

    def once(self, step: JSON, path: str, attempt: int, at: At) -> JSON:
        """One try of a step: its output, or ``Failed``."""
        if "foreach" in step:
            return self.foreach(step, path, attempt, at)
        if "uses" in step:
            return self.service(step, path, at.round, attempt, at.names)
        if "wait" in step:
            return None
        if "approval" in step:
            if step["id"] in self.forms:
                return self.forms[step["id"]]
            raise Failed("timeout", path, retryable=True)
        round_ = self.round_inside(step, attempt, at.round)
        if "branches" in step:
            return self.parallel(step, path, attempt, round_, at)
        if "cases" in step:
            for case in step["cases"]:
                if self.render(case["if"], at.names, path=path):
                    return self.inside(case["steps"], at, prefix=path + ".", round_=round_)
            return self.inside(step.get("else", []), at, prefix=path + ".", round_=round_)
        return self.inside(step["steps"], at, prefix=path + ".", round_=round_)

    def round_inside(self, step: JSON, attempt: int, round_: int) -> int:
        """Rounds are counted so that no two tries of what encloses a step have the same number."""
        return round_ * self.attempts(step) + attempt - 1

    def service(self, step: JSON, path: str, round_: int, attempt: int, names: JSON) -> JSON:
        if self.mock and "mock" in step:
            return self.render(step["mock"], names, path=path)
        inputs = self.render(step.get("with", {}), names, path=path)
        said = self.call(path, round_, attempt, inputs)
        if said.failed:
            raise Failed(said.code, path, retryable=said.retryable)
        return said.output

    # Splits

    def foreach(self, step: JSON, path: str, attempt: int, at: At) -> JSON:
        items = self.render(step["foreach"], at.names, path=path)
        if not isinstance(items, list):
            raise Failed("expression_error", path)
        round_ = self.round_inside(step, attempt, at.round)
        branches: list[Branch] = []
        for index, item in enumerate(items):
            place = f"{path}[{index}]"
            if "uses" in step:
                names = {**at.names, "item": item, "index": index}
                branches.append(partial(self.item_call, step, place, round_, names))
            else:
                prefix = place + "."
                branches.append(
                    partial(self.inside, step["steps"], at, prefix=prefix, round_=round_, item=item, index=index)
                )
        outputs, failures = self.branches(branches)
        return self.all_of(outputs, failures, path, at.round, attempt)

    def item_call(self, step: JSON, path: str, round_: int, names: JSON) -> JSON:
        """The call for one item: the same step with ``with``, ``mock`` and ``retry`` alone."""
        alone = {key: step[key] for key in ("id", "uses", "with", "mock", "retry") if key in step}
        attempt = 1
        while True:
            try:
                output = self.service(alone, path, round_, attempt, names)
            except Failed as failed:
                self.history[path, round_, attempt] = "failed"
                if failed.retryable and attempt < self.attempts(alone):
                    attempt += 1
                    continue
                raise
            self.history[path, round_, attempt] = "succeeded"
            return output

    def parallel(self, step: JSON, path: str, attempt: int, round_: int, at: At) -> JSON:
        names = list(step["branches"])
        outputs, failures = self.branches(
            [
                partial(self.inside, steps, at, prefix=f"{path}.{name}.", round_=round_)
                for name, steps in step["branches"].items()
            ]
        )
        join = step.get("join", "all")
        if join == "all":
            return dict(zip(names, self.all_of(outputs, failures, path, at.round, attempt), strict=True))
        if join == "settled":
            return {
                name: {"output": outputs.get(i), "error": failures[i].seen() if i in failures else None}
                for i, name in enumerate(names)
            }
        if outputs:
            there = self.at_join(path, at.round, attempt, names, decided=set(outputs))
            winner = min(index for index in there if index in outputs)
            return {names[winner]: outputs[winner]}
        errors = {name: failures[i].seen() for i, name in enumerate(names)}
        retryable = any(failed.retryable for failed in failures.values())
        raise Failed("all_branches_failed", path, retryable=retryable, details=errors)

    def branches(self, branches: list[Branch]) -> tuple[dict[int, JSON], dict[int, Failed]]:
        """Outputs and failures by index, every branch run to its end as if it were alone."""
        outputs: dict[int, JSON] = {}
        failures: dict[int, Failed] = {}
        for index, branch in enumerate(branches):
            try:
                outputs[index] = branch()
            except Failed as failed:
                failures[index] = failed
        return outputs, failures

    def all_of(
        self, outputs: dict[int, JSON], failures: dict[int, Failed], path: str, round_: int, attempt: int
    ) -> list[JSON]:
        if not failures:
            return [outputs[index] for index in range(len(outputs))]
        there = self.at_join(path, round_, attempt, outputs | failures, decided=set(failures))
        raise failures[min(index for index in there if index in failures)]

    def at_join(self, path: str, round_: int, attempt: int, branches: Any, *, decided: set[int]) -> list[int]:
        """The branches that had arrived when one of ``decided`` brought the step to its end."""
        there = self.arrived(path, round_, attempt)
        if there is None:
            return list(range(len(branches)))
        assert decided.intersection(there), f"{path} ended, although nothing that had arrived decided it"
        if len(there) < len(branches):
            self.cut.add(path)
        return there

    def render(self, template: JSON, names: JSON, *, path: str) -> JSON:
        try:
            return compile_template(template).render(names)
        except ExpressionError as error:
            raise Failed(error.code, path) from None
