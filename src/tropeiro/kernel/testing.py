"""The document of a test run: a part of a draft, with given results standing in for what would run before.

Nothing of the draft is changed. A *pinned* step stands in for one that is not to run: it has the id, and a result that
the one who tests gives or an earlier job had. Succeeded, skipped and failed are told apart, for ``if`` and ``on_error``
of what follows may ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from copy import deepcopy
from typing import Any

from msgspec import Struct

from tropeiro.kernel.errors import Problem
from tropeiro.kernel.outcome import ErrorInfo
from tropeiro.kernel.packet import Result
from tropeiro.kernel.pinning import envelope_of, lists_in
from tropeiro.kernel.problems import escape
from tropeiro.kernel.states import StepState
from tropeiro.kernel.surroundings import Surroundings, outline_of
from tropeiro.kernel.wording import says
from tropeiro.kernel.workflow import Step

STAND_IN = "core/set@1"
FAILING = "core/fail@1"
_KEPT = ("id", "name", "labels")
_CODE, _LONGEST = re.compile(r"[a-z][a-z0-9_]{0,63}"), 4_000
"""What the service that fails takes."""


class Trial(Struct, frozen=True):
    """A document to run as a test."""

    document: dict[str, Any]
    places: tuple[tuple[str, str], ...] = ()
    """What stands where: pointer in ``document``, pointer in the draft as it is written. Everything inside follows."""
    memo: dict[str, Result] = {}
    """Results by path that stand in for calls."""

    def place_in_draft(self, pointer: str) -> str:
        """Where what ``pointer`` names in ``document`` stands in the draft; of the nearest step around that does."""
        for here, there in sorted(self.places, key=lambda pair: -len(pair[0])):
            if pointer == here or pointer.startswith(f"{here}/"):
                return there + pointer[len(here) :]
        return ""


class ItemGiven(Struct, frozen=True):
    """The item that stands for all of those of a ``foreach``; a struct, because it may be null."""

    value: Any


def whole(document: Any, pins: Mapping[str, Any]) -> Trial:
    """All of a draft, the steps in ``pins`` (by id) not run but taken to have given these outputs."""
    return _with_pins(document, envelope_of(document), pins)


def up_to(document: Any, pointer: str, pins: Mapping[str, Any]) -> Trial | None:
    """A draft as far as the step at ``pointer``, that one included; ``None`` when there is none.

    What stands after it and after each step around it is left out, and so are the other branches beside it and the
    document's ``output``: the job's output is the step's, or what the steps around make of it.
    """
    outline = outline_of(document)
    found = outline.around(pointer)
    if found is None or found.step is None:
        return None
    envelope = deepcopy(envelope_of(document))
    envelope.pop("output", None)
    chain = {one.id for one in (*found.around, *found.failed, found.step)}
    if "" in chain:
        return None
    _cut_after(envelope["steps"], chain, found.step.id)
    return _with_pins(document, envelope, {name: value for name, value in pins.items() if name != found.step.id})


def only(
    document: Any,
    pointer: str,
    results: Mapping[str, Result],
    *,
    around: ItemGiven | None = None,
    own: ItemGiven | None = None,
) -> Trial | None:
    """One step of a draft, what it sees of earlier steps taken from ``results``; ``None`` when there is none.

    ``around`` is the item with which it runs when it stands in a ``foreach``; ``own`` the only one for which it runs
    when it is a call for each item. What it names and ``results`` does not have is missing from the document, so that
    checking it tells.
    """
    outline = outline_of(document)
    found = outline.around(pointer)
    if found is None or found.step is None:
        return None
    envelope = envelope_of(document)
    target = deepcopy(_entry(envelope, found.step.pointer))
    before = sorted(
        (step for step in (*found.visible, *found.failed) if step.id in found.reads and step.id in results),
        key=lambda step: step.n,
    )
    variables, name = _variables(envelope, "failed_in_test")
    steps = [_pinned(_entry(envelope, step.pointer), results[step.id], name) for step in before]
    places = [(f"/steps/{i}", outline.pointer_of(step)) for i, step in enumerate(before)]
    memo = {step.id: results[step.id] for step in before if results[step.id].state is StepState.SUCCEEDED}
    errors = {step.id: results[step.id].error for step in before if results[step.id].error is not None}
    ids = {step.id for step in outline.steps}

    def each(wanted: str, item: ItemGiven) -> str:
        """The ``foreach`` over the one item, which a step stands in for that gives it."""
        source = _free(wanted, ids)
        steps.append({"id": source, "uses": STAND_IN, "with": {}})
        memo[source] = Result(output=[item.value])
        return f"{{{{ steps.{source}.output }}}}"

    at = outline.pointer_of(found.step)
    if own is not None and found.foreach is found.step:
        target["foreach"] = each("item_of_test", own)
        target.pop("concurrency", None)
    if around is not None and found.outer is not None:
        foreach = each("item_around_test", around)
        places += [(f"/steps/{len(steps)}", outline.pointer_of(found.outer)), (f"/steps/{len(steps)}/steps/0", at)]
        steps.append({"id": _free("items_of_test", ids), "foreach": foreach, "steps": [target]})
    else:
        places.append((f"/steps/{len(steps)}", at))
        steps.append(target)
    kept = {key: value for key, value in envelope.items() if key not in ("steps", "output")}
    if "inputs" not in found.roots:
        # Who tests a step that reads no inputs need not give any.
        kept.pop("inputs", None)
    if errors:
        kept["vars"] = {**variables, name: {step: _said(error) for step, error in errors.items()}}
    return Trial({**kept, "steps": steps}, (*places, *_beside_steps(envelope)), memo)


def unknown_results(found: Surroundings, results: Set[str]) -> tuple[Step, ...]:
    """The steps whose results a step names, could see, and that are not there."""
    return tuple(step for step in (*found.visible, *found.failed) if step.id in found.reads and step.id not in results)


def missing_result(pointer: str, steps: Iterable[Step]) -> Problem:
    """What to tell when a step is to be tested by itself and something that it names is not known."""
    named = ", ".join(f"`{step.id}`" for step in steps)
    return Problem(
        code="no_result",
        pointer=pointer,
        message=says("The step names results that are not known here: {named}.", named=named),
        hint=says("Choose a run in which they ended, give their outputs by hand, or test up to this step."),
    )


def _with_pins(document: Any, envelope: dict[str, Any], pins: Mapping[str, Any]) -> Trial:
    """The envelope, its pinned steps replaced. Their outputs stand in ``vars``, where nothing is a template."""
    places = (("/steps", "" if isinstance(document, list) else "/steps"), *_beside_steps(envelope))
    if not pins:
        return Trial(envelope, places)
    envelope = deepcopy(envelope)
    variables, name = _variables(envelope, "pinned_in_test")
    used: dict[str, Any] = {}
    for steps in _every_list(envelope["steps"]):
        for i, entry in enumerate(steps):
            if isinstance(entry, dict) and entry.get("id") in pins:
                used[entry["id"]] = pins[entry["id"]]
                mock = f"{{{{ vars.{name}.{entry['id']} }}}}"
                steps[i] = {**_kept(entry), "uses": STAND_IN, "with": {}, "mock": mock}
    return Trial({**envelope, "vars": {**variables, name: used}} if used else envelope, places)


def _beside_steps(envelope: dict[str, Any]) -> Iterable[tuple[str, str]]:
    return ((f"/{escape(key)}", f"/{escape(key)}") for key in envelope if key != "steps")


def _variables(envelope: dict[str, Any], wanted: str) -> tuple[dict[str, Any], str]:
    """The document's ``vars``, and a name that is free in them. What stands there is no template."""
    known = envelope.get("vars")
    variables = known if isinstance(known, dict) else {}
    return variables, _free(wanted, variables)


def _pinned(entry: dict[str, Any], result: Result, errors: str) -> dict[str, Any]:
    """A step that stands in for ``entry`` and comes to ``result``; the words of an error stand in ``vars``."""
    kept = _kept(entry)
    if result.state is StepState.SUCCEEDED:
        return {**kept, "uses": STAND_IN, "with": {}}
    if result.error is None:
        return {**kept, "uses": STAND_IN, "with": {}, "if": False}
    said = {word: f"{{{{ vars.{errors}.{entry['id']}.{word} }}}}" for word in ("code", "message")}
    return {**kept, "uses": FAILING, "with": said, "on_error": "continue"}


def _said(error: ErrorInfo | None) -> dict[str, str]:
    if error is None:
        return {}
    return {"code": error.code if _CODE.fullmatch(error.code) else "failed", "message": error.message[:_LONGEST]}


def _kept(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in _KEPT if key in entry}


def _entry(envelope: dict[str, Any], pointer: str) -> dict[str, Any]:
    value: Any = envelope
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[token.replace("~1", "/").replace("~0", "~")]
    return dict(value)


def _every_list(steps: Any) -> Iterable[list[Any]]:
    """A list of steps, and every list inside of it that could be read."""
    if not isinstance(steps, list):
        return
    yield steps
    for entry in steps:
        if isinstance(entry, dict):
            for inner in _lists(entry):
                yield from _every_list(inner)


def _lists(entry: dict[str, Any]) -> list[Any]:
    try:
        return [inner for inner, _pointer in lists_in(entry)]
    except (AttributeError, KeyError, TypeError):
        # Something in it is no list of steps; checking the document tells what.
        return []


def _cut_after(steps: list[Any], chain: set[str], target: str) -> None:
    """Leave out what runs after ``target``; ``chain`` has the ids of the steps that lead to it, and its own."""
    at = next(i for i, entry in enumerate(steps) if isinstance(entry, dict) and entry.get("id") in chain)
    entry = steps[at]
    del steps[at + 1 :]
    if entry["id"] == target:
        return
    handler = entry.get("on_error")
    if _holds(handler, chain):
        # It runs when all the rest of the step has failed, so that stays as it is.
        _cut_after(handler, chain, target)
        return
    entry.pop("output", None)
    for name, branch in list((entry.get("branches") or {}).items()):
        if not _holds(branch, chain):
            del entry["branches"][name]
    for inner in _lists(entry):
        if _holds(inner, chain):
            _cut_after(inner, chain, target)


def _holds(steps: Any, chain: set[str]) -> bool:
    return isinstance(steps, list) and any(isinstance(one, dict) and one.get("id") in chain for one in steps)


def _free(wanted: str, taken: Iterable[str]) -> str:
    names = set(taken)
    return next(name for name in (wanted, *(f"{wanted}_{i}" for i in range(1, len(names) + 2))) if name not in names)
