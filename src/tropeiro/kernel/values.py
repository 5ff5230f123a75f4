"""Plain JSON values: what they are called, how they become text, how they compare, how a path reaches into them.

Nothing here touches an attribute of a value: objects are dictionaries and reached by key alone.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.limits import (
    ELEMENTS_PER_FUEL,
    LARGEST_INTEGER,
    MAX_OUTPUT,
    MAX_TEXT,
    SMALLEST_INTEGER,
    VALUE_SIZE,
    Meter,
)
from tropeiro.kernel.wording import grouped, phrase, says


class MissingValueError(ExpressionError):
    """There is nothing under this name. The filter ``default`` answers it.

    Lists may lack something in each of their elements, and finding the words (with a suggestion) takes longer than
    anything else then; so they are found when somebody asks for them.
    """

    def __init__(self, words: Callable[[], tuple[str, str]], *, column: int = 0) -> None:
        """``words`` gives message and hint."""
        Exception.__init__(self)
        self.key, self.column, self.details = "", column, None
        self._words = words

    def __getattr__(self, name: str) -> str:
        if name not in ("message", "hint"):
            raise AttributeError(name)
        self.message, self.hint = self._words()
        return self.message if name == "message" else self.hint

    def __str__(self) -> str:
        return self.message


Step = str | int
"""One step of a path: a key of an object or an index of a list."""


def kind(value: Any) -> str:
    """What expressions call a JSON value: null, boolean, integer, number, text, list or object."""
    if value is None:
        return phrase("null")
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return type(value).__name__


def named_kind(value: Any) -> str:
    """`kind` in a message, in the reader's language."""
    return says(kind(value))


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, phrase("boolean")),
    (int, phrase("integer")),
    (float, phrase("number")),
    (str, phrase("text")),
    ((list, tuple), phrase("list")),
    (Mapping, phrase("object")),
)


def is_number(value: Any) -> bool:
    """True for integers and floats; a boolean is not a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def checked(value: Any) -> Any:
    """The number, when it is one that expressions may make: an integer of 128 bits or a finite float."""
    if isinstance(value, int):
        if SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return value
        raise ExpressionError(says("The result is an integer of more than 128 bits."))
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ExpressionError(says("The result is not a finite number."))


def shown(value: Any, length: int = 40) -> str:
    """A short quotation for messages; of lists and objects only what they are."""
    if isinstance(value, (list, tuple, Mapping)):
        form = phrase("an object of {count}") if isinstance(value, Mapping) else phrase("a list of {count}")
        return says(form, count=len(value))
    if isinstance(value, str):
        cut = value if len(value) <= length else value[: length - 1] + "…"
        return repr(str(cut))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if SMALLEST_INTEGER <= value <= LARGEST_INTEGER else says("an integer of more than 128 bits")
    return "null" if value is None else str(value).lower()


def nearest(name: str, known: Iterable[Any]) -> str:
    """``Did you mean 'x'?`` when something close to ``name`` is known, else an empty text."""
    candidates = [entry for entry, _ in zip((k for k in known if isinstance(k, str)), range(200), strict=False)]
    found = difflib.get_close_matches(name[:80], [entry[:80] for entry in candidates], n=1, cutoff=0.6)
    return did_you_mean(found[0]) if found else ""


def did_you_mean(word: str) -> str:
    """A suggestion, as a hint."""
    return says("Did you mean '{word}'?", word=word)


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def text_of(value: Any, meter: Meter) -> str:
    """A value as it stands inside a text: a text as it is, everything else as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(checked(value))
    return json_of(value, meter)


def json_of(value: Any, meter: Meter) -> str:
    """The value as compact JSON. Measured before it is written."""
    if isinstance(value, (list, tuple, dict)):
        most = max(meter.fuel, 0) * ELEMENTS_PER_FUEL
        meter.elements(size(value, MAX_TEXT, each=1, most=most, what=phrase("The JSON text")))
    try:
        text = msgspec.json.encode(checked(value) if is_number(value) else value).decode()
    except (RecursionError, UnicodeEncodeError, TypeError, ValueError) as error:
        raise ExpressionError(says("The value cannot be written as JSON: {error}.", error=str(error)[:120])) from None
    meter.characters(len(text))
    return text


def size(value: Any, limit: int, *, each: int = VALUE_SIZE, most: int = MAX_OUTPUT, what: str) -> int:
    """How many values a JSON value consists of. ExpressionError as soon as its size passes ``limit``, or they ``most``.

    The size counts ``each`` for a value and the characters of texts and keys, as often as they stand there.
    """
    total, values = each + (len(value) if isinstance(value, str) else 0), 1
    waiting = [value] if isinstance(value, _CONTAINERS) else []
    while waiting and total <= limit and values <= most:
        item = waiting.pop()
        values += len(item)
        total += each * len(item)
        if values > most or total > limit:
            break
        inner: Iterable[Any] = item
        if isinstance(item, dict):
            total += sum(map(len, item))
            inner = item.values()
        for part in inner:
            if isinstance(part, str):
                total += len(part)
            elif isinstance(part, _CONTAINERS):
                waiting.append(part)
    if total > limit or values > most:
        bound = (
            says("{limit} characters", limit=grouped(limit))
            if total > limit
            else says("{most} values", most=grouped(most))
        )
        raise ExpressionError(
            says("{what} is over the limit of {bound}.", what=says(what), bound=bound),
            hint=says("Name large data once, as the only {{ }} of a value, instead of copying or writing it out."),
        )
    return values


_CONTAINERS = (list, tuple, dict)


def check_output(value: Any) -> None:
    """Refuse a rendered value that holds so much data so often that writing it down would not be safe."""
    if isinstance(value, (list, dict)):
        size(value, MAX_OUTPUT, most=MAX_OUTPUT // VALUE_SIZE, what=phrase("The rendered value"))


def depth_of(value: Any, limit: int) -> int:
    """How many levels of lists and objects a value has, counted up to ``limit`` + 1."""
    level = [value]
    for depth in range(limit + 1):
        level = [
            inner
            for item in level
            if isinstance(item, (list, dict))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return depth
    return limit + 1


# ── comparison ──────────────────────────────────────────────────────────────────────────────────────────────────────


def equal(left: Any, right: Any, meter: Meter) -> bool:
    """JSON equality: numbers by value (``1 == 1.0``), a boolean never equals a number, lists and objects in depth."""
    if isinstance(left, (list, tuple, dict)) and isinstance(right, (list, tuple, dict)):
        return _equal_in_depth(left, right, meter)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _equal_in_depth(left: Any, right: Any, meter: Meter) -> bool:
    pairs = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            meter.elements(len(a), 2)
            pairs.extend((a[key], b[key]) for key in a)
        elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            if len(a) != len(b):
                return False
            meter.elements(len(a), 2)
            pairs.extend(zip(a, b, strict=True))
        elif isinstance(a, bool) or isinstance(b, bool):
            if a is not b:
                return False
        elif a != b:
            return False
    return True


def orderable(left: Any, right: Any) -> None:
    """Refuse to order anything but two numbers or two texts."""
    if not (is_number(left) and is_number(right)) and not (isinstance(left, str) and isinstance(right, str)):
        raise ExpressionError(
            says(
                "Cannot order {left} and {right}: both must be numbers or both texts.",
                left=named_kind(left),
                right=named_kind(right),
            ),
            hint=says("Convert with | int, | float or | string.")
            if isinstance(left, str) or isinstance(right, str)
            else "",
        )


def contains(container: Any, value: Any, meter: Meter) -> bool:
    """``value in container``: an element of a list, a key of an object, or a part of a text."""
    if isinstance(container, (list, tuple)):
        meter.elements(len(container))
        return any(equal(value, element, meter) for element in container)
    if isinstance(container, dict):
        if not isinstance(value, str):
            raise ExpressionError(says("Keys of an object are texts; {kind} cannot be one.", kind=named_kind(value)))
        return value in container
    if isinstance(container, str):
        if not isinstance(value, str):
            raise ExpressionError(says("Only a text can be in a text, not {kind}.", kind=named_kind(value)))
        meter.characters(len(container))
        return value in container
    raise ExpressionError(
        says("'in' needs a list, an object or a text on its right, not {kind}.", kind=named_kind(container))
    )


# ── paths ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def reach(value: Any, step: Any) -> Any:
    """One step into a value: a key of an object, or an index of a list, negative from its end.

    Raises MissingValueError when there is nothing.
    """
    if isinstance(value, Mapping):
        if not isinstance(step, str):
            raise ExpressionError(says("An object is reached by a text, not by {kind}.", kind=named_kind(step)))
        if step in value:
            return value[step]
        raise MissingValueError(lambda: _no_key(value, step))
    if isinstance(value, (list, tuple)):
        if isinstance(step, bool) or not isinstance(step, int):
            hint = says("Use | map('name') to take something of each element, or [0] for the first.")
            raise ExpressionError(says("A list is reached by a number, not by {step}.", step=shown(step)), hint=hint)
        if -len(value) <= step < len(value):
            return value[step]
        raise MissingValueError(lambda: _no_element(value, step))
    if value is None:
        raise MissingValueError(lambda: _nothing_in_null(step))
    raise ExpressionError(
        says("A value of kind {kind} has nothing inside it, so no {step}.", kind=named_kind(value), step=shown(step))
    )


def _no_key(value: Mapping[Any, Any], step: str) -> tuple[str, str]:
    message = says("There is no '{step}' here.", step=shown(step)[1:-1])
    return message, nearest(step, value) or _some_keys(value)


def _no_element(value: Any, step: int) -> tuple[str, str]:
    return says("The list has no element {step}: it has {count}.", step=shown(step), count=len(value)), ""


def _nothing_in_null(step: Any) -> tuple[str, str]:
    message = says("null has no {step}.", step=shown(step))
    return message, says("Add | default(…) where a value may be missing.")


def _some_keys(value: Mapping[Any, Any]) -> str:
    keys = [str(key)[:40] for key, _ in zip(value, range(8), strict=False)]
    return (
        says("It has: {known}.", known=", ".join((*keys, "…") if len(value) > len(keys) else keys))
        if keys
        else says("It is empty.")
    )


@lru_cache(maxsize=512)
def steps_of(path: str) -> tuple[Step, ...]:
    """``a.b.0`` taken apart; a part of digits alone reaches into lists. An empty path is the value itself."""
    if len(path) > 256:
        raise ExpressionError(says("A path has at most 256 characters."))
    parts = path.split(".") if path else []
    if "" in parts:
        raise ExpressionError(
            says("{path} is not a path: a part of it is empty.", path=shown(path)),
            hint=says("Write it as 'name' or 'a.b.0'."),
        )
    return tuple(parts)


def follow(value: Any, path: tuple[Step, ...]) -> Any:
    """Everything that ``steps_of`` names, one after the other."""
    for step in path:
        if isinstance(value, dict):
            if step not in value:
                return reach(value, step)
            value = value[step]
        elif isinstance(value, (list, tuple)) and isinstance(step, str) and step.isascii() and step.isdigit():
            value = reach(value, int(step[:19]))
        else:
            value = reach(value, step)
    return value
