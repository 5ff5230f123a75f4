"""Which results a packet must still carry: a step's result is *live* while something that may yet run names it.

This is the liveness analysis of compilers (Aho, Lam, Sethi, Ullman, "Compilers", section 9.2.5) on a program without
jumps: every list of steps is walked backwards once, with what is live after it. Retries jump back, and failures jump to
handlers; both are covered by keeping what they read alive for as long as they can happen. A branch or item is a packet
of its own that inherits what it reads from outside; its last step hands its result on directly, so that nothing is live
after its list.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tropeiro.kernel.expressions import Template
from tropeiro.kernel.references import named_steps, owned_lists, templates_of
from tropeiro.kernel.workflow import Kind, Step, StepList

_Ids = frozenset[str]
_NONE: _Ids = frozenset()


def with_liveness(steps: list[Step], lists: list[StepList], output: Template | None) -> tuple[tuple[Step, ...], _Ids]:
    """The steps with ``live_after`` and ``reads_inside`` set, and the ids that the document's ``output`` names."""
    at_end = _NONE if output is None else named_steps(output)
    liveness = _Liveness(steps, lists)
    liveness.walk(0, at_end)
    done = tuple(
        replace(step, live_after=liveness.after[step.n], reads_inside=liveness.inside.get(step.n, _NONE))
        for step in steps
    )
    return done, at_end


class _Liveness:
    def __init__(self, steps: list[Step], lists: list[StepList]) -> None:
        self.steps, self.lists = steps, lists
        self.after: dict[int, _Ids] = {}
        self.inside: dict[int, _Ids] = {}
        self._reads: dict[int, _Ids] = {}
        # Backwards, so that what a step owns is known before the step itself.
        for step in reversed(steps):
            self._reads[step.n] = self._reads_of(step)

    def walk(self, index: int, live: _Ids) -> None:
        """Set what is live after each step of a list, given what is live after the list."""
        for n in reversed(self.lists[index].steps):
            step = self.steps[n]
            self.after[n] = live
            self._walk_inside(step, live)
            # Nothing before a step can need that step's result.
            live = (live - {step.id}) | self._reads[n]

    def _walk_inside(self, step: Step, after: _Ids) -> None:
        handler = _NONE if step.handler is None else self._reads_of_lists([step.handler]) - {step.id}
        own_output = _NONE if step.output is None else named_steps(step.output) - {step.id}
        if step.handler is not None:
            self.walk(step.handler, after | own_output)
        if is_split(step):
            self.inside[step.n] = self._reads_of_lists(owned_lists(step))
            within = _NONE
        else:
            again = _NONE if step.retry is None else self._reads[step.n]
            within = after | own_output | handler | again
        for index in owned_lists(step):
            self.walk(index, within)

    def _reads_of(self, step: Step) -> _Ids:
        """Ids from outside that the step, or anything inside it, names."""
        own = {name for placed in templates_of(step) for name in named_steps(placed.template)}
        if step.output is not None:
            own |= named_steps(step.output)
        lists = owned_lists(step) if step.handler is None else (*owned_lists(step), step.handler)
        return (self._reads_of_lists(lists) | own) - {step.id}

    def _reads_of_lists(self, indexes: Iterable[int]) -> _Ids:
        reads: set[str] = set()
        for index in indexes:
            numbers = self.lists[index].steps
            inside: set[str] = set().union(*(self._reads[n] for n in numbers))
            reads |= inside - {self.steps[n].id for n in numbers}
        return frozenset(reads)


def is_split(step: Step) -> bool:
    """Whether the step sends off packets of their own, one for each item or branch."""
    return step.foreach is not None or step.kind is Kind.PARALLEL
