"""What an expression gives at a place of a document, on the values that a past run had: nothing is executed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import Template, compile_template
from tropeiro.kernel.names import result_value
from tropeiro.kernel.packet import Result
from tropeiro.kernel.references import named_steps
from tropeiro.kernel.splitting import checked_items
from tropeiro.kernel.surroundings import Outline, Surroundings
from tropeiro.kernel.wording import says
from tropeiro.kernel.workflow import Step


class Past(Struct, frozen=True):
    """The values of a run, or those that somebody gives instead."""

    inputs: Any
    results: Mapping[tuple[str, int], Result]
    """By the step's id and the index of the nearest item around it; 0 where there is none."""
    job: Mapping[str, Any]
    """What ``job`` is to an expression."""
    variables: Any = None
    """The document's ``vars``."""


class UnknownValue(ExpressionError):
    """Something that the expression names has no value in this run."""

    code = "no_value"


class OutOfSight(ExpressionError):
    """The expression names what cannot be seen where it stands."""

    code = "out_of_sight"


def needed(outline: Outline, found: Surroundings, template: Template) -> frozenset[str]:
    """Ids of the steps whose results the template needs, or the lists of the items around it."""
    ids = set(named_steps(template))
    while found.foreach is not None:
        if found.foreach.foreach is not None:
            ids |= named_steps(found.foreach.foreach)
        found = outside(outline, found.foreach)
    return frozenset(ids)


def preview(outline: Outline, found: Surroundings, value: Any, past: Past, index: int = 0) -> Any:
    """What ``value``, JSON with expressions, gives at a place. ``index`` is that of the nearest item around it.

    Raises `ExpressionError`: what does not compile, cannot be seen from there, has no value, or fails.
    """
    template = compile_template(value)
    return template.render(_names(outline, found, template, past, index))


def item_at(outline: Outline, found: Surroundings, past: Past, index: int) -> Any:
    """The item with which what stands there runs. Raises `ExpressionError`, also where there is none."""
    foreach = found.foreach
    if foreach is None or foreach.foreach is None:
        raise OutOfSight(says("Nothing around this step has a `foreach` that can be read."))
    made = _names(outline, outside(outline, foreach), foreach.foreach, past, 0)
    items = checked_items(foreach.foreach.render(made))
    if not 0 <= index < len(items):
        raise UnknownValue(
            says(
                "`{id}` has {count} items in this run, so there is no number {index}.",
                id=foreach.id,
                count=len(items),
                index=index + 1,
            )
        )
    return items[index]


def _names(outline: Outline, found: Surroundings, template: Template, past: Past, index: int) -> dict[str, Any]:
    steps: dict[str, Any] = {}
    names: dict[str, Any] = {"inputs": past.inputs, "steps": steps, "vars": past.variables or {}, "job": past.job}
    seen = {step.id: step for step in _seen(found)}
    for name in named_steps(template):
        step = seen.get(name)
        if step is None:
            raise OutOfSight(
                says("`{name}` cannot be seen from here.", name=name),
                hint=says("Name a step that runs before this one.") if outline.step_of(name) else says("Check the id."),
            )
        inside = found.foreach is not None and step.n > found.foreach.n
        result = past.results.get((name, index if inside else 0))
        if result is None:
            raise UnknownValue(
                says("`{name}` has no result in this run.", name=name),
                hint=says("Choose a run in which it ended, or give its output."),
            )
        steps[name] = result_value(result)
    if found.foreach is not None and any(one.root in ("item", "index") for one in template.references):
        names["item"], names["index"] = item_at(outline, found, past, index), index
    return names


def _seen(found: Surroundings) -> Iterable[Step]:
    yield from found.visible
    yield from found.failed
    if found.step is not None:
        # Its own result, as its `output` template sees it.
        yield found.step


def outside(outline: Outline, foreach: Step) -> Surroundings:
    """What is around a ``foreach`` itself, where its list is made: only the items of those around it are there."""
    found = outline.around(outline.pointer_of(foreach))
    if found is None:
        raise AssertionError(foreach)
    return replace(found, foreach=found.outer)
