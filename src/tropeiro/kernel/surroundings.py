"""Where a step stands in a document, and what a template there may name: also in a document that has problems.

Screens ask this while somebody writes. The rules are those that `references` checks; what is read is what `step_reader`
makes of the document, which is complete also where something is wrong.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from tropeiro.kernel.expressions import Reference
from tropeiro.kernel.problems import Findings
from tropeiro.kernel.references import owned_lists, templates_of
from tropeiro.kernel.step_reader import StepReader
from tropeiro.kernel.workflow import Role, Step, StepList


class Surroundings(Struct, frozen=True):
    """What is around a place: a step, or the document's own ``output``."""

    step: Step | None
    """``None`` for the document's ``output``."""
    visible: tuple[Step, ...]
    """The steps that have ended when it runs and whose results it sees, in document order."""
    failed: tuple[Step, ...]
    """The steps whose handler it stands in: of them it sees the error."""
    around: tuple[Step, ...]
    """The steps that it stands in, the nearest first."""
    foreach: Step | None
    """The nearest step around it that runs what is inside for each item; itself, when it is a call for each item."""
    outer: Step | None
    """The nearest one around it that is not itself."""
    reads: frozenset[str]
    """Ids of the steps that it, or something inside of it, names."""
    roots: frozenset[str] = frozenset()
    """What else it names: inputs, item, index, vars, job."""


class Outline(Struct, frozen=True):
    """The steps of a document, whatever else is wrong with it."""

    steps: tuple[Step, ...]
    lists: tuple[StepList, ...]
    bare: bool
    """Whether the document is a bare list of steps, so that no pointer begins with ``/steps``."""

    def step_at(self, pointer: str) -> Step | None:
        """The step whose entry a pointer into the document as it is written names."""
        inside = f"/steps{pointer}" if self.bare else pointer
        return next((step for step in self.steps if step.pointer == inside and not step.inner), None)

    def step_of(self, step_id: str) -> Step | None:
        """The step with this id."""
        return next((step for step in self.steps if step.id == step_id and not step.inner), None)

    def pointer_of(self, step: Step) -> str:
        """Where a step stands in the document as it is written."""
        return step.pointer.removeprefix("/steps") if self.bare else step.pointer

    def around(self, pointer: str) -> Surroundings | None:
        """What is around the step that stands there, or around the document's ``output``; ``None`` for no step."""
        if pointer in ("", "/output"):
            top = self.lists[0].steps if self.lists else ()
            return Surroundings(None, tuple(self.steps[n] for n in top), (), (), None, None, frozenset())
        step = self.step_at(pointer)
        return None if step is None else self._around(step)

    def _around(self, step: Step) -> Surroundings:
        visible: list[Step] = []
        failed: list[Step] = []
        around: list[Step] = []
        here = step
        while True:
            home = self.lists[here.home]
            visible = [self.steps[n] for n in home.steps if n < here.n] + visible
            if home.owner is None:
                break
            here = self.steps[home.owner]
            # A handler runs instead of its step, not inside of it.
            (failed if home.role is Role.HANDLER else around).append(here)
        outer = next((one for one in around if one.foreach is not None), None)
        foreach = step if step.foreach is not None and self._is_call(step) else outer
        read = self._read_by(step)
        return Surroundings(
            step,
            tuple(visible),
            tuple(failed),
            tuple(around),
            foreach,
            outer,
            frozenset(one.name for one in read if one.root == "steps" and one.name is not None),
            frozenset(one.root for one in read if one.root != "steps"),
        )

    def _is_call(self, step: Step) -> bool:
        return step.body is not None and any(self.steps[n].inner for n in self.lists[step.body].steps)

    def _read_by(self, step: Step) -> frozenset[Reference]:
        """What the step and everything inside of it reads."""
        found: set[Reference] = set()
        waiting = [step]
        while waiting:
            one = waiting.pop()
            found |= {reference for placed in templates_of(one) for reference in placed.template.references}
            found |= one.output.references if one.output is not None else frozenset()
            indexes = owned_lists(one) if one.handler is None else (*owned_lists(one), one.handler)
            waiting += [self.steps[n] for index in indexes for n in self.lists[index].steps]
        return frozenset(found)


def outline_of(document: Any) -> Outline:
    """The steps of a document's JSON value; none of what is no document."""
    steps = document.get("steps") if isinstance(document, dict) else document
    reader = StepReader(Findings(), pinned=True)
    if isinstance(steps, list):
        reader.read_list(steps, "/steps", Role.TOP)
    return Outline(tuple(reader.steps), tuple(reader.lists), isinstance(document, list))
