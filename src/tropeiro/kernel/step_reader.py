"""JSON → the steps and lists of a workflow, numbered in document order. Whatever is wrong is noted, and read on."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from tropeiro.kernel import step_rules as rules
from tropeiro.kernel.field_reader import (
    check_keys,
    is_kind,
    read_choice,
    read_condition,
    read_duration,
    read_items,
    read_labels,
    read_number,
    read_retry,
    read_template,
    read_text,
)
from tropeiro.kernel.kind_reader import read_approval, read_call, read_wait
from tropeiro.kernel.problems import Findings, escape, kind_of, shown
from tropeiro.kernel.wording import all_of, any_of, grouped, phrase, says
from tropeiro.kernel.workflow import Case, Join, Kind, Role, Step, StepList

_ID = re.compile(rules.ID)

_BRANCHES = (phrase("there is no branch"), phrase("there are {count} branches; at most {most} are allowed"))
_CASES = (phrase("there is no case"), phrase("there are {count} cases; at most {most} are allowed"))
"""What is said of none, and of too many."""


class StepReader:
    """Reads lists of steps. ``steps`` and ``lists`` are complete and consistent also when there were problems."""

    def __init__(self, findings: Findings, *, pinned: bool) -> None:
        self.findings = findings
        self.pinned = pinned
        self.steps: list[Step] = []
        self.lists: list[StepList] = []
        self.ids: dict[str, int] = {}
        """Number of the (outer) step with each id."""
        self._known_keys = (*rules.STEP_KEYS, *rules.PINNED_KEYS) if pinned else rules.STEP_KEYS
        self._entries = 0
        self.unread: set[str] = set()
        """Ids in parts that could not be read: a reference to one of them is not a problem of its own."""

    def read_list(
        self, value: Any, pointer: str, role: Role, owner: int | None = None, *, depth: int = 1, name: str = ""
    ) -> int:
        """Read one list with everything in it; its index in ``lists``."""
        index = len(self.lists)
        empty = StepList(steps=(), role=role, owner=owner, name=name)
        self.lists.append(empty)
        if not is_kind(value, list, phrase("a list of steps is expected"), pointer, self.findings):
            return index
        if not value:
            hint = (
                says("Write at least one step, or remove the key.")
                if owner is not None
                else says("Write at least one step.")
            )
            self.findings.add("empty", pointer, says("the list of steps is empty"), hint)
        elif depth > rules.MAX_NESTING:
            message = says("steps are nested deeper than {most} levels", most=rules.MAX_NESTING)
            self.findings.add("too_deep", pointer, message, says("Move the inner steps into a workflow of their own."))
            self._note_unread(value)
        elif self._entries + len(value) > rules.MAX_STEPS:
            if self._entries <= rules.MAX_STEPS:
                message = says("the document has more than {most} steps", most=grouped(rules.MAX_STEPS))
                hint = says("Use foreach for what repeats, or move steps into workflows of their own.")
                self.findings.add("too_many", pointer, message, hint)
            self._entries = rules.MAX_STEPS + 1
            self._note_unread(value)
        else:
            self._entries += len(value)
            numbers = tuple(
                self._read_step(entry, f"{pointer}/{position}", index, position, depth)
                for position, entry in enumerate(value)
            )
            self.lists[index] = StepList(steps=numbers, role=role, owner=owner, name=name)
        return index

    def _read_step(self, value: Any, pointer: str, home: int, position: int, depth: int) -> int:
        n = len(self.steps)
        stand_in = Step(n=n, id="", pointer=pointer, kind=Kind.WAIT, home=home, position=position)
        self.steps.append(stand_in)
        if not is_kind(value, dict, phrase("a step is an object"), pointer, self.findings):
            return n
        step_id = self._read_id(value, pointer, n)
        kind = self._read_kind(value, pointer)
        if kind is None:
            self._check_unknown(value, pointer)
            self._note_unread(value)
            return n
        self._check_misplaced(value, kind, pointer)
        fields: dict[str, Any] = {"n": n, "id": step_id, "pointer": pointer, "home": home, "position": position}
        self._read_common(value, pointer, fields)
        split_call = kind is Kind.CALL and "foreach" in value
        if split_call:
            fields |= {"kind": Kind.GROUP, "body": self._read_inner_call(value, pointer, n, step_id)}
        else:
            fields |= {"kind": kind, **self._read_tries(value, pointer)}
            fields |= self._read_kind_fields(kind, value, pointer, n, depth)
        if isinstance(value.get("on_error"), list):
            fields["handler"] = self.read_list(
                value["on_error"], f"{pointer}/on_error", Role.HANDLER, n, depth=depth + 1
            )
        self.steps[n] = Step(**fields)
        return n

    def _read_id(self, value: dict[str, Any], pointer: str, n: int) -> str:
        if "id" not in value:
            hint = says('Give it one that nothing else in the document has, for example "fetch".')
            self.findings.add("missing_key", pointer, says("the step has no `id`"), hint)
            return ""
        step_id, at = value["id"], f"{pointer}/id"
        if not is_kind(step_id, str, phrase("an id is text"), at, self.findings):
            return ""
        if not _ID.fullmatch(step_id):
            hint = says(
                "An id starts with a small letter (a-z); then small letters, digits and underscores; at most 64."
            )
            near = re.sub(r"[^a-z0-9]+", "_", step_id[:64].lower()).strip("_")
            foreign = next((c for c in step_id if not c.isascii()), None)
            message = says("{step_id} cannot be an id", step_id=shown(step_id))
            if foreign is not None:
                message = says(
                    "{step_id} cannot be an id: it contains {foreign} (U+{code})",
                    step_id=shown(step_id),
                    foreign=shown(foreign),
                    code=f"{ord(foreign):04X}",
                )
            elif _ID.fullmatch(near):
                hint += " " + says("For example `{near}`.", near=near)
            self.findings.add("bad_id", at, message, hint)
        if step_id in self.ids:
            message = says("an earlier step has the id {step_id} already", step_id=shown(step_id))
            hint = says("Ids are unique in the whole document, also inside groups and branches. Rename one.")
            self.findings.add("duplicate_id", at, message, hint)
        else:
            self.ids[step_id] = n
        return str(step_id)

    def _read_kind(self, value: dict[str, Any], pointer: str) -> Kind | None:
        present = [key for key in rules.KIND_KEYS if key in value]
        if len(present) == 1:
            return rules.KIND_KEYS[present[0]]
        every = ", ".join(f"`{key}`" for key in rules.KIND_KEYS)
        if present:
            named = all_of(f"`{key}`" for key in present)
            hint = says("Keep one; put the rest into steps of their own.")
            self.findings.add(
                "two_kinds", pointer, says("a step has one kind, this one has {named}", named=named), hint
            )
            return None
        strange = [key for key in value if key not in self._known_keys]
        if not any(get_close_matches(key, rules.KIND_KEYS) for key in strange[:10]):
            message = says("the step does nothing: it has none of {every}", every=every)
            self.findings.add("no_kind", pointer, message, says("Add the key of what it is to do, for example `uses`."))
        return None

    def _check_unknown(self, value: dict[str, Any], pointer: str) -> None:
        check_keys(value, self._known_keys, phrase("a step"), pointer, self.findings)

    def _check_misplaced(self, value: dict[str, Any], kind: Kind, pointer: str) -> None:
        self._check_unknown(value, pointer)
        allowed = {*rules.COMMON_KEYS, *rules.KEYS_OF_KIND[kind]}
        for key in value:
            if key in rules.STEP_KEYS and key not in allowed:
                message = says("{step} has no `{key}`", step=says(rules.KIND_NAMES[kind]), key=key)
                self.findings.add("misplaced_key", f"{pointer}/{key}", message, _home_of(key, kind))
        if "concurrency" in value and "concurrency" in allowed and "foreach" not in value:
            message = says("`concurrency` says how many items run at once, but there is no `foreach`")
            self.findings.add("misplaced_key", f"{pointer}/concurrency", message, says("Add `foreach`, or remove it."))
        if self.pinned and "service" in value and kind is not Kind.CALL:
            self.findings.add(
                "misplaced_key",
                f"{pointer}/service",
                says("{step} has no `{key}`", step=says(rules.KIND_NAMES[kind]), key="service"),
            )

    def _read_common(self, value: dict[str, Any], pointer: str, fields: dict[str, Any]) -> None:
        findings = self.findings
        if "name" in value:
            fields["name"] = read_text(value["name"], "`name`", f"{pointer}/name", findings, limit=rules.MAX_NAME)
        if "labels" in value:
            fields["labels"] = read_labels(value["labels"], f"{pointer}/labels", findings)
        if "if" in value:
            fields["condition"] = read_condition(value["if"], f"{pointer}/if", findings)
        if "foreach" in value:
            fields["foreach"] = read_items(value["foreach"], f"{pointer}/foreach", findings)
        if "concurrency" in value:
            at = f"{pointer}/concurrency"
            many = read_number(
                value["concurrency"], "`concurrency`", at, findings, 1, rules.MAX_CONCURRENCY, whole=True
            )
            fields["concurrency"] = None if many is None else int(many)
        if "output" in value:
            fields["output"] = read_template(value["output"], f"{pointer}/output", findings)
        on_error, at = value.get("on_error", "fail"), f"{pointer}/on_error"
        if isinstance(on_error, str):
            fields["continue_on_error"] = (
                read_choice(on_error, ("fail", "continue"), "`on_error`", at, findings) == "continue"
            )
        elif not isinstance(on_error, list):
            message = says("`on_error` is `fail`, `continue` or a list of steps, not {kind}", kind=kind_of(on_error))
            findings.add("wrong_type", at, message)

    def _read_tries(self, value: dict[str, Any], pointer: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "retry" in value:
            fields["retry"] = read_retry(value["retry"], f"{pointer}/retry", self.findings)
        if "timeout" in value:
            fields["timeout_ms"] = read_duration(value["timeout"], "`timeout`", f"{pointer}/timeout", self.findings)
        return fields

    def _read_inner_call(self, value: dict[str, Any], pointer: str, owner: int, step_id: str) -> int:
        """The call that a service call with ``foreach`` makes for each item, in a list of its own."""
        n, index = len(self.steps), len(self.lists)
        self.lists.append(StepList(steps=(n,), role=Role.BODY, owner=owner))
        place: dict[str, Any] = {"n": n, "id": step_id, "pointer": pointer, "home": index, "position": 0}
        self.steps.append(
            Step(
                **place,
                kind=Kind.CALL,
                inner=True,
                **self._read_tries(value, pointer),
                **read_call(value, pointer, self.findings, pinned=self.pinned),
            )
        )
        return index

    def _read_kind_fields(self, kind: Kind, value: dict[str, Any], pointer: str, n: int, depth: int) -> dict[str, Any]:
        if kind is Kind.CALL:
            return read_call(value, pointer, self.findings, pinned=self.pinned)
        if kind is Kind.GROUP:
            return {"body": self.read_list(value["steps"], f"{pointer}/steps", Role.BODY, n, depth=depth + 1)}
        if kind is Kind.PARALLEL:
            return self._read_parallel(value, pointer, n, depth)
        if kind is Kind.CHOICE:
            return self._read_choice_step(value, pointer, n, depth)
        if kind is Kind.WAIT:
            return read_wait(value["wait"], f"{pointer}/wait", self.findings)
        return {"approval": read_approval(value, pointer, self.findings)}

    def _read_parallel(self, value: dict[str, Any], pointer: str, n: int, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "join" in value:
            options = tuple(Join)
            join = read_choice(value["join"], options, "`join`", f"{pointer}/join", self.findings)
            fields["join"] = Join(join) if join else Join.ALL
        branches, at = value["branches"], f"{pointer}/branches"
        if not is_kind(branches, dict, phrase("`branches` is an object of lists of steps"), at, self.findings):
            return fields
        self._check_arms(branches, _BRANCHES, at)
        indexes = []
        for name, steps in list(branches.items())[: rules.MAX_ARMS]:
            here = f"{at}/{escape(name)}"
            if not _ID.fullmatch(name):
                hint = says("A branch's name is like an id: small letters, digits and underscores; at most 64.")
                self.findings.add("bad_id", here, says("{name} cannot be the name of a branch", name=shown(name)), hint)
            indexes.append(self.read_list(steps, here, Role.BRANCH, n, depth=depth + 1, name=name))
        return fields | {"branches": tuple(indexes)}

    def _read_choice_step(self, value: dict[str, Any], pointer: str, n: int, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        cases, at = value["cases"], f"{pointer}/cases"
        if is_kind(cases, list, phrase("`cases` is a list of objects with `if` and `steps`"), at, self.findings):
            self._check_arms(cases, _CASES, at)
            read = [self._read_case(case, f"{at}/{i}", n, depth) for i, case in enumerate(cases[: rules.MAX_ARMS])]
            fields["cases"] = tuple(case for case in read if case is not None)
        if "else" in value:
            fields["otherwise"] = self.read_list(value["else"], f"{pointer}/else", Role.CASE, n, depth=depth + 1)
        return fields

    def _read_case(self, value: Any, pointer: str, n: int, depth: int) -> Case | None:
        if not is_kind(value, dict, phrase("a case is an object with `if` and `steps`"), pointer, self.findings):
            return None
        check_keys(value, rules.CASE_KEYS, phrase("a case"), pointer, self.findings)
        for key in rules.CASE_KEYS:
            if key not in value:
                hint = says("What is to run when no case applies stands in `else`.") if key == "if" else ""
                self.findings.add("missing_key", pointer, says("the case has no `{key}`", key=key), hint)
        condition = read_condition(value["if"], f"{pointer}/if", self.findings) if "if" in value else None
        if "steps" not in value:
            return None
        body = self.read_list(value["steps"], f"{pointer}/steps", Role.CASE, n, depth=depth + 1)
        return None if condition is None else Case(condition=condition, body=body)

    def _note_unread(self, value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("id"), str):
                self.unread.add(value["id"])
            value = list(value.values())
        if isinstance(value, list):
            for inner in value:
                self._note_unread(inner)

    def _check_arms(self, arms: dict[str, Any] | list[Any], words: tuple[str, str], pointer: str) -> None:
        none, many = words
        if not arms:
            self.findings.add("empty", pointer, says(none), says("Write at least one."))
        elif len(arms) > rules.MAX_ARMS:
            message = says(many, count=grouped(len(arms)), most=rules.MAX_ARMS)
            self.findings.add("too_many", pointer, message)


def _home_of(key: str, kind: Kind) -> str:
    """Where a misplaced key would belong."""
    if kind is Kind.WAIT and key == "timeout":
        return says("How long to wait stands in `wait` itself.")
    homes = [says(rules.KIND_NAMES[other]) for other, keys in rules.KEYS_OF_KIND.items() if key in keys]
    *most, last = homes
    listed = any_of((", ".join(most), last)) if most else last
    return says("`{key}` belongs to {listed}; remove it here.", key=key, listed=listed)
