"""What differs between two JSON values, and between two versions of a workflow document step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tropeiro.kernel.pinning import envelope_of, lists_in
from tropeiro.kernel.problems import escape

__all__ = [
    "ABSENT",
    "Difference",
    "DocumentDifference",
    "StepDifference",
    "differences",
    "document_differences",
    "is_comparable",
]

MOST = 500
"""Differences that are listed; more help nobody."""
_OWNED = frozenset({"steps", "branches", "else"})
"""Keys whose value is lists of steps and nothing else."""


class _Absent:
    """Stands where one of two values has nothing."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


class Difference(msgspec.Struct, frozen=True):
    """One place where two values differ."""

    pointer: str
    """JSON Pointer (RFC 6901)."""
    before: Any
    """``ABSENT`` when it is new."""
    after: Any
    """``ABSENT`` when it is gone."""


class StepDifference(msgspec.Struct, frozen=True, kw_only=True):
    """How one step differs."""

    id: str
    name: str
    change: str
    """added, removed, changed or moved."""
    place: str
    """Where it stands, in the newer document unless it is gone: the ids of the steps around it, outermost first."""
    details: tuple[Difference, ...] = ()
    """Of a changed step, what changed in it; what stands in steps inside it is told there."""
    moved: bool = False
    """Whether it stands somewhere else, too."""
    before: str = ""
    """JSON Pointer of the step in the older document; empty when it was not there."""
    after: str = ""
    """The same in the newer one; empty when it is gone."""


class DocumentDifference(msgspec.Struct, frozen=True):
    """How two versions of a document differ."""

    around: tuple[Difference, ...]
    """In what stands around the steps: inputs, output, vars …"""
    steps: tuple[StepDifference, ...]
    """In the order of the newer document; what is gone comes last."""

    def __bool__(self) -> bool:
        return bool(self.around or self.steps)


def differences(before: Any, after: Any) -> tuple[Difference, ...]:
    """Where two JSON values differ, as deep as possible, in the order of ``before``; at most 500 places.

    Lists of the same length are compared element by element; others differ as a whole.
    """
    found = _walk(before, after, "")
    return tuple(one for one, _ in zip(found, range(MOST), strict=False))


def document_differences(before: Any, after: Any) -> DocumentDifference:
    """How the valid document ``after`` differs from ``before``. Steps are told apart by their ids."""
    old_envelope, new_envelope = envelope_of(before), envelope_of(after)
    around = differences(_without(old_envelope, "steps"), _without(new_envelope, "steps"))
    old = dict(_placed(old_envelope["steps"], "", _top(before)))
    new = dict(_placed(new_envelope["steps"], "", _top(after)))
    stays = [id_ for id_ in old if id_ in new]
    moved = _moved(stays, [id_ for id_ in new if id_ in old], old, new)
    steps: list[StepDifference] = []
    for id_, here in new.items():
        there = old.get(id_)
        details = () if there is None else differences(_own(there.step), _own(here.step))
        if there is None or details or id_ in moved:
            change = "added" if there is None else "changed" if details else "moved"
            steps.append(
                StepDifference(
                    id=id_, name=here.name, change=change, place=here.place, details=details, moved=id_ in moved,
                    before="" if there is None else there.pointer, after=here.pointer,
                )
            )  # fmt: skip
    steps.extend(
        StepDifference(id=id_, name=there.name, change="removed", place=there.place, before=there.pointer)
        for id_, there in old.items()
        if id_ not in new
    )
    return DocumentDifference(around, tuple(steps[:MOST]))


def is_comparable(document: Any) -> bool:
    """Whether steps can be told apart in it, however wrong it may be otherwise: each has an id that no other has."""
    steps = document.get("steps") if isinstance(document, dict) else document
    return _are_steps(steps, set())


def _are_steps(steps: Any, seen: set[str]) -> bool:
    if not isinstance(steps, list):
        return False
    for step in steps:
        if not isinstance(step, dict) or not isinstance(step.get("id"), str) or step["id"] in seen:
            return False
        seen.add(step["id"])
        cases = step.get("cases", [])
        if not isinstance(step.get("branches", {}), dict) or not isinstance(cases, list):
            return False
        if not all(isinstance(case, dict) and "steps" in case for case in cases):
            return False
        if not all(_are_steps(inner, seen) for inner, _ in lists_in(step)):
            return False
    return True


def _walk(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _walk(before.get(key, ABSENT), after.get(key, ABSENT), f"{pointer}/{escape(key)}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _walk(one, other, f"{pointer}/{i}")
    elif type(before) is not type(after) or before != after:
        yield Difference(pointer, before, after)


class _Placed(msgspec.Struct, frozen=True):
    """A step where it stands."""

    step: dict[str, Any]
    place: str
    pointer: str

    @property
    def name(self) -> str:
        return str(self.step.get("name", ""))


def _placed(steps: list[dict[str, Any]], place: str, pointer: str) -> Iterator[tuple[str, _Placed]]:
    """Every step by its id with the steps around it, in document order."""
    for number, step in enumerate(steps):
        at = f"{pointer}/{number}"
        yield step["id"], _Placed(step, place, at)
        for inner, below in lists_in(step):
            # Which list of the step it stands in: its steps, a branch, a case, what handles its error.
            part = "" if below == "/steps" else below.removesuffix("/steps").removeprefix("/")
            yield from _placed(inner, f"{place}{step['id']}{f' ({part})' if part else ''} › ", at + below)


def _top(document: Any) -> str:
    """The pointer of the list of steps."""
    return "" if isinstance(document, list) else "/steps"


def _moved(before: list[str], after: list[str], old: dict[str, _Placed], new: dict[str, _Placed]) -> set[str]:
    """Steps that stand somewhere else now: in another list, or after a step that they stood before.

    Within a list as few as possible are called moved: all but a longest run that kept its order.
    """
    moved = {id_ for id_ in before if old[id_].place != new[id_].place}
    for place in dict.fromkeys(old[id_].place for id_ in before):
        stayed = [id_ for id_ in before if id_ not in moved and old[id_].place == place]
        rank = {id_: number for number, id_ in enumerate(stayed)}
        order = [rank[id_] for id_ in after if id_ in rank]
        kept = _longest_rise(order)
        moved.update(stayed[number] for number in order if number not in kept)
    return moved


def _longest_rise(numbers: list[int]) -> set[int]:
    """A longest increasing subsequence, by patience sorting."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = next((i for i, top in enumerate(tops) if top > number), len(tops))
        before[number] = tops[at - 1] if at else None
        tops[at : at + 1] = [number]
    kept: set[int] = set()
    at_end: int | None = tops[-1] if tops else None
    while at_end is not None:
        kept.add(at_end)
        at_end = before[at_end]
    return kept


def _own(step: dict[str, Any]) -> dict[str, Any]:
    """What a step says itself, without the steps inside it, but with how many lists of them it has."""
    own = _without(step, *_OWNED)
    if "branches" in step:
        own["branches"] = list(step["branches"])
    if "cases" in step:
        own["cases"] = [{"if": case.get("if")} for case in step["cases"]]
    if isinstance(step.get("on_error"), list):
        own["on_error"] = "steps"
    return own


def _without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if key not in keys}
