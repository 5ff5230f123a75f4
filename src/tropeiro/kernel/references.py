"""What a template may name: which steps' results it can see, and which of the other names exist where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tropeiro.kernel.expressions import Reference, Template, compile_template
from tropeiro.kernel.problems import Findings, texts_in
from tropeiro.kernel.step_rules import JOB_FIELDS
from tropeiro.kernel.wording import says
from tropeiro.kernel.workflow import Role, Step, StepList

_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Placed(Struct, frozen=True):
    """A template of a step, and the key it stands under."""

    key: str
    """Pointer below the step, e.g. ``/with``."""
    template: Template


class Names(Struct, frozen=True):
    """What the document itself declares."""

    vars: frozenset[str] = frozenset()
    inputs: frozenset[str] | None = None
    """Names of the inputs when the schema allows no others, else ``None``."""


def templates_of(step: Step) -> Iterator[Placed]:
    """The step's own templates but ``output``, in the order of their evaluation; not those of the steps inside it."""
    if step.condition is not None:
        yield Placed("/if", step.condition)
    if step.foreach is not None:
        yield Placed("/foreach", step.foreach)
    if step.inputs is not None:
        yield Placed("/with", step.inputs)
    if step.mock is not None:
        yield Placed("/mock", step.mock)
    if step.wait_until is not None:
        yield Placed("/wait/until", step.wait_until)
    if step.approval is not None:
        yield Placed("/approval/title", step.approval.title)
    for i, case in enumerate(step.cases):
        yield Placed(f"/cases/{i}/if", case.condition)


def owned_lists(step: Step) -> tuple[int, ...]:
    """Indexes of the lists that run as the step's own work: body, branches, cases, else; not its handler."""
    body = () if step.body is None else (step.body,)
    otherwise = () if step.otherwise is None else (step.otherwise,)
    return (*body, *step.branches, *(case.body for case in step.cases), *otherwise)


def named_steps(template: Template) -> frozenset[str]:
    """Ids of the steps that a template names."""
    return frozenset(r.name for r in template.references if r.root == "steps" and r.name is not None)


class ReferenceChecker:
    """Walks a read workflow and notes every name that is not there for the template that uses it."""

    def __init__(
        self,
        steps: list[Step],
        lists: list[StepList],
        ids: dict[str, int],
        unread: set[str],
        names: Names,
        findings: Findings,
    ) -> None:
        self.steps, self.lists, self.ids, self.unread = steps, lists, ids, unread
        self.names = names
        self.findings = findings
        self._visible: set[str] = set()
        """Ids of finished steps that the place where the walk is can see."""
        self._failed: set[str] = set()
        """Ids of the steps whose handler the walk is in."""
        self._items = 0
        """How many ``foreach`` the walk is in."""

    def check(self, output: Template | None) -> None:
        """Check every step, then the document's ``output``."""
        self._check_list(self.lists[0], after=output)

    def _check_list(self, steps: StepList, *, after: Template | None = None) -> None:
        seen = []
        for n in steps.steps:
            self._check_step(self.steps[n])
            step_id = self.steps[n].id
            if step_id and step_id not in self._visible:
                self._visible.add(step_id)
                seen.append(step_id)
        if after is not None:
            self._check_template(None, Placed("/output", after))
        self._visible.difference_update(seen)

    def _check_step(self, step: Step) -> None:
        for placed in templates_of(step):
            self._check_template(step, placed)
        if step.output is not None:
            self._check_template(step, Placed("/output", step.output))
        self._items += step.foreach is not None
        for index in owned_lists(step):
            self._check_list(self.lists[index])
        self._items -= step.foreach is not None
        if step.handler is not None:
            self._failed.add(step.id)
            self._check_list(self.lists[step.handler])
            self._failed.discard(step.id)

    def _check_template(self, step: Step | None, placed: Placed) -> None:
        base = placed.key if step is None else step.pointer + placed.key
        where: dict[Reference, tuple[str, int]] = {}
        for reference in sorted(placed.template.references, key=lambda r: (r.root, r.name or "", r.field or "")):
            found = self._problem(step, placed.key, reference)
            if found is not None:
                where = where or places(placed.template.source)
                below, column = where[reference]
                code, message, hint = found
                self.findings.add(code, base + below, message, hint, column=column)

    def _problem(self, step: Step | None, key: str, reference: Reference) -> tuple[str, str, str] | None:
        name = reference.name
        if reference.root == "steps":
            return self._step_problem(step, key, reference)
        if reference.root in ("item", "index"):
            return self._item_problem(step, reference.root)
        if name is None:
            return None
        if reference.root == "vars" and name not in self.names.vars:
            hint = self.findings.near(name, self.names.vars) or says("Declare it in the document's `vars`.")
            return "unknown_name", says("the document has no variable `{name}`", name=name), hint
        if reference.root == "inputs" and self.names.inputs is not None and name not in self.names.inputs:
            hint = self.findings.near(name, self.names.inputs) or says("Declare it in the document's `inputs`.")
            return "unknown_name", says("the document's `inputs` allow no `{name}`", name=name), hint
        if reference.root == "job" and name not in JOB_FIELDS:
            hint = self.findings.near(name, JOB_FIELDS) or says(
                "There is {known}.", known=", ".join(f"job.{field}" for field in JOB_FIELDS)
            )
            return "unknown_name", says("a job has no `{name}`", name=name), hint
        return None

    def _item_problem(self, step: Step | None, root: str) -> tuple[str, str, str] | None:
        if self._items:
            return None
        hint = says("It exists in what runs once for each item: the steps inside a `foreach`, or its `with`.")
        if step is not None and step.foreach is not None:
            message = says(
                "`{root}` is not known here: this key belongs to the whole step, not to each item", root=root
            )
            return "item_outside_foreach", message, hint
        return "item_outside_foreach", says("`{root}` is used, but nothing around it has a `foreach`", root=root), hint

    def _step_problem(self, step: Step | None, key: str, reference: Reference) -> tuple[str, str, str] | None:
        name, field = reference.name or "", reference.field
        if step is not None and name == step.id and key == "/output":
            if field in (None, "output"):
                return None
            message = says("in its own `output` template a step has only steps.{name}.output", name=name)
            return "out_of_sight", message, says("The template is used when the step succeeded.")
        if name in self._visible:
            return None
        if name in self._failed:
            if field != "output":
                return None
            message = says("the step `{name}` has failed when this runs, so it has no output", name=name)
            return "out_of_sight", message, says("Its error stands in steps.{name}.error.", name=name)
        if name in self.unread:
            return None
        if name not in self.ids:
            hint = self.findings.near(name, self._visible) or self.findings.near(name, self.ids)
            return "unknown_step", says("there is no step `{name}`", name=name), hint or says("Check the id.")
        return self._unseen(step, self.steps[self.ids[name]])

    def _unseen(self, step: Step | None, named: Step) -> tuple[str, str, str]:
        """Why an existing step's result is not there for the place where the walk is."""
        name = named.id
        if step is not None and (name == step.id or any(around is named for around, _ in self._above(step))):
            message = says("the step `{name}` has not finished while this is evaluated", name=name)
            return "out_of_sight", message, says("Name an earlier step.")
        here: dict[int, tuple[Step, Role | None]] = {}
        if step is not None:
            here[step.home] = (step, None)
            here |= {around.home: (around, role) for around, role in self._above(step)}
        there, role = named, None
        for there, role in self._out_of(named):
            if there is step:
                break
            if there.home in here:
                return _compare(named, there, role, *here[there.home])
        return _inside(name, there)

    def _out_of(self, step: Step) -> Iterator[tuple[Step, Role | None]]:
        yield step, None
        yield from self._above(step)

    def _above(self, step: Step) -> Iterator[tuple[Step, Role]]:
        """The steps around ``step``, the nearest first, each with the role of its list that leads to ``step``."""
        home = self.lists[step.home]
        while home.owner is not None:
            owner = self.steps[home.owner]
            yield owner, home.role
            home = self.lists[owner.home]


def _compare(named: Step, there: Step, role: Role | None, mine: Step, my_role: Role | None) -> tuple[str, str, str]:
    """``there`` and ``mine`` are the steps of one list that ``named`` and the template are, or stand in.

    The roles are those of the lists that lead from there to them.
    """
    name = named.id
    if mine is not there:
        if there.position < mine.position:
            return _inside(name, there)
        return (
            "runs_later",
            says("the step `{name}` runs later", name=name),
            says("Move it before this one."),
        )
    if my_role is Role.HANDLER:
        message = says("`{name}` runs inside `{other}`, which has failed when this runs", name=name, other=there.id)
        return "out_of_sight", message, says("Only its error is visible: steps.{other}.error.", other=there.id)
    if role is Role.HANDLER:
        return (
            "out_of_sight",
            says("`{name}` runs only when `{other}` has failed", name=name, other=there.id),
            says("Name an earlier step."),
        )
    message = says(
        "`{name}` stands in another branch of `{other}`, which is not visible from this one", name=name, other=there.id
    )
    return (
        "out_of_sight",
        message,
        says("Put both into one branch, or use steps.{other}.output after it.", other=there.id),
    )


def _inside(name: str, there: Step) -> tuple[str, str, str]:
    message = says(
        "`{name}` runs inside `{other}`; outside of it only its own output is visible", name=name, other=there.id
    )
    return "out_of_sight", message, says("Use steps.{other}.output.", other=there.id)


def places(source: Any) -> dict[Reference, tuple[str, int]]:
    """Where each reference of a valid template stands first: pointer below the template, and 1-based column."""
    found: dict[Reference, tuple[str, int]] = {}
    for text, pointer in texts_in(source):
        for reference in compile_template(text).references:
            if reference not in found:
                found[reference] = (pointer, _column(text, reference))
    return found


def _column(text: str, reference: Reference) -> int:
    path = rf"\b{reference.root}\b"
    for part in (reference.name, reference.field):
        if part is not None:
            path += rf"\s*(?:\.\s*{re.escape(part)}\b|\[\s*['\"]{re.escape(part)}['\"]\s*\])"
    inside = (re.compile(path).search(text, *expression.span()) for expression in _EXPRESSION.finditer(text))
    return next((hit.start() + 1 for hit in inside if hit), 0)
