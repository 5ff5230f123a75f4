"""Reading single fields of a document. Each function notes what is wrong and gives a usable stand-in."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from tropeiro.kernel.durations import format_duration, parse_duration
from tropeiro.kernel.errors import ExpressionError, InvalidInput
from tropeiro.kernel.expressions import Template, compile_condition, compile_template
from tropeiro.kernel.plain_text import unseen
from tropeiro.kernel.problems import Findings, escape, kind_of, shown, texts_in
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.schema import problems as schema_problems
from tropeiro.kernel.step_rules import MAX_ATTEMPTS, MAX_BACKOFF, MAX_LABEL_KEY, MAX_LABELS, MAX_NAME, RETRY_KEYS
from tropeiro.kernel.wording import any_of, grouped, phrase, says

JSON = Any

_WHOLE_EXPRESSION = re.compile(r"\{\{.*\}\}", re.DOTALL)


def is_kind(
    value: JSON, kind: type | tuple[type, ...], expected: str, pointer: str, findings: Findings, what: str = ""
) -> bool:
    """Whether ``value`` is of the Python type (or types) of its JSON kind; a problem when not.

    ``expected`` says what it should be, and of what in its place ``{what}``. Here and below, what is only said when
    something is wrong comes as a `phrase`.
    """
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return True
    wanted = says(expected, what=says(what))
    findings.add("wrong_type", pointer, says("{what}, not {kind}", what=wanted, kind=kind_of(value)))
    return False


def is_whole_expression(value: JSON) -> bool:
    """Whether the value is a text that is one ``{{ … }}`` and nothing else, and so can have any JSON type."""
    return isinstance(value, str) and _WHOLE_EXPRESSION.fullmatch(value) is not None


def check_keys(value: dict[str, JSON], known: Collection[str], what: str, pointer: str, findings: Findings) -> None:
    """A problem for every key that nothing reads, with the nearest one that something does."""
    for key in value:
        if key not in known:
            hint = findings.near(key, known) or says("Known keys: {known}.", known=", ".join(known))
            findings.add(
                "unknown_key",
                f"{pointer}/{escape(key)}",
                says("{what} has no key {key}", what=says(what), key=shown(key)),
                hint,
            )


def read_text(value: JSON, what: str, pointer: str, findings: Findings, *, limit: int, lines: bool = False) -> str:
    """Text of 1 to ``limit`` characters without invisible ones; line breaks and tabs only with ``lines``."""
    if not is_kind(value, str, phrase("{what} is text"), pointer, findings, what):
        return ""
    text: str = value
    if not text.strip():
        findings.add(
            "empty", pointer, says("{what} is empty", what=says(what)), says("Write something, or remove the key.")
        )
    elif len(text) > limit:
        findings.add(
            "too_long",
            pointer,
            says(
                "{what} has {count} characters; at most {limit} are allowed",
                what=says(what),
                count=grouped(len(text)),
                limit=grouped(limit),
            ),
        )
    elif (place := unseen(text, lines=lines)) is not None:
        message = says(
            "{what} contains the invisible character U+{code}", what=says(what), code=f"{ord(text[place]):04X}"
        )
        findings.add("bad_text", pointer, message, says("Remove it."), column=place + 1)
    return text


def read_duration(value: JSON, what: str, pointer: str, findings: Findings, *, zero: bool = False) -> int | None:
    """Milliseconds, more than zero unless ``zero``; ``None`` after a problem."""
    if not is_kind(value, str, phrase("{what} is a duration such as 30s"), pointer, findings, what):
        return None
    try:
        milliseconds = parse_duration(value)
    except InvalidInput as error:
        findings.add("bad_duration", pointer, error.message, error.hint)
        return None
    if milliseconds == 0 and not zero:
        findings.add(
            "bad_duration",
            pointer,
            says("{what} is zero", what=what),
            says("Write a longer duration, or remove the key."),
        )
        return None
    return milliseconds


def read_number(
    value: JSON, what: str, pointer: str, findings: Findings, low: int, high: int, *, whole: bool = False
) -> float | None:
    """A number from ``low`` to ``high``; ``None`` after a problem."""
    expected = phrase("{what} is a whole number") if whole else phrase("{what} is a number")
    if not is_kind(value, (int, float), expected, pointer, findings, what):
        return None
    number: float = value
    if whole and number != int(number):
        findings.add("wrong_type", pointer, says("{what} is a whole number, not {value}", what=what, value=number))
    elif not low <= number <= high:
        findings.add(
            "out_of_range",
            pointer,
            says(
                "{what} is {value}; it must be from {low} to {high}",
                what=what,
                value=f"{number:.12g}",
                low=grouped(low),
                high=grouped(high),
            ),
        )
    else:
        return number
    return None


def read_choice(value: JSON, options: tuple[str, ...], what: str, pointer: str, findings: Findings) -> str | None:
    """One of a few words; ``None`` after a problem."""
    if not is_kind(value, str, phrase("{what} is text"), pointer, findings, what):
        return None
    if value in options:
        return str(value)
    hint = findings.near(value, options)
    message = says(
        "{what} cannot be {value}; it is {known}",
        what=what,
        value=shown(value),
        known=any_of(f"`{option}`" for option in options),
    )
    findings.add("unknown_value", pointer, message, hint)
    return None


def read_template(value: JSON, pointer: str, findings: Findings) -> Template | None:
    """A compiled template; after a problem ``None``, with one problem for each text that does not compile."""
    try:
        return compile_template(value, key=pointer)
    except ExpressionError as error:
        before = len(findings)
        for leaf, at in texts_in(value, pointer):
            try:
                compile_template(leaf, key=at)
            except ExpressionError as found:
                add_expression_problem(found, at, findings)
        if len(findings) == before:
            add_expression_problem(error, pointer, findings)
        return None


def read_condition(value: JSON, pointer: str, findings: Findings) -> Template | None:
    """The compiled ``if``; ``None`` after a problem."""
    if not isinstance(value, (str, bool)):
        message = says("`if` is true, false or an expression in {{ }}, not {kind}", kind=kind_of(value))
        findings.add("wrong_type", pointer, message)
        return None
    try:
        return compile_condition(value, key=pointer)
    except ExpressionError as error:
        add_expression_problem(error, pointer, findings)
        return None


def read_items(value: JSON, pointer: str, findings: Findings) -> Template | None:
    """The compiled ``foreach``: one whole expression, or a list as it stands."""
    if isinstance(value, str):
        if not is_whole_expression(value):
            hint = says("For example {{ inputs.rows }} or [1, 2, 3].")
            message = says("`foreach` needs a list; a text around or instead of {{ }} is not one")
            findings.add("wrong_type", pointer, message, hint)
            return None
    elif not is_kind(value, list, phrase("`foreach` is a list or an expression in {{ }}"), pointer, findings):
        return None
    return read_template(value, pointer, findings)


def add_expression_problem(error: ExpressionError, pointer: str, findings: Findings) -> None:
    """Note an expression that does not compile, where the error says it stands."""
    at = error.key if error.key.startswith(pointer) else pointer
    findings.add("bad_expression", at, error.message, error.hint, column=error.column)


def read_schema(value: JSON, what: str, pointer: str, findings: Findings) -> JSON:
    """A JSON Schema, as it stands."""
    if is_kind(value, dict, phrase("{what} is a JSON Schema, an object"), pointer, findings, what):
        for problem in schema_problems(value):
            findings.add("bad_schema", f"{pointer}{problem.pointer}", f"{what}: {problem.message}", problem.hint)
    return value


def read_retry(value: JSON, pointer: str, findings: Findings) -> RetryPolicy | None:
    """The retry policy, defaults filled in."""
    if not is_kind(value, dict, phrase('`retry` is an object such as {"attempts": 5}'), pointer, findings):
        return None
    check_keys(value, RETRY_KEYS, "`retry`", pointer, findings)
    if "attempts" not in value:
        hint = says('Say how often to try, the first time included: {"attempts": 5}.')
        findings.add("missing_key", pointer, says("`retry` has no `attempts`"), hint)
    policy = RetryPolicy()
    before = len(findings)

    def number(key: str, low: int, high: int, default: float, *, whole: bool = False) -> float:
        if key not in value:
            return default
        read = read_number(value[key], f"`{key}`", f"{pointer}/{key}", findings, low, high, whole=whole)
        return default if read is None else read

    def duration(key: str, default: int) -> int:
        read = read_duration(value[key], f"`{key}`", f"{pointer}/{key}", findings, zero=True) if key in value else None
        return default if read is None else read

    attempts = int(number("attempts", 1, MAX_ATTEMPTS, 1, whole=True))
    backoff = float(number("backoff", 1, MAX_BACKOFF, policy.backoff))
    jitter = float(number("jitter", 0, 1, policy.jitter))
    delay_ms = duration("delay", policy.delay_ms)
    max_delay_ms = duration("max_delay", max(policy.max_delay_ms, delay_ms))
    if len(findings) == before and max_delay_ms < delay_ms:
        message = says(
            "`max_delay` ({max_delay}) is shorter than the first delay ({delay})",
            max_delay=value["max_delay"],
            delay=format_duration(delay_ms),
        )
        findings.add("out_of_range", f"{pointer}/max_delay", message, says("Make it at least as long."))
    return RetryPolicy(attempts=attempts, delay_ms=delay_ms, backoff=backoff, max_delay_ms=max_delay_ms, jitter=jitter)


def read_labels(value: JSON, pointer: str, findings: Findings) -> tuple[tuple[str, str], ...]:
    """Short texts by short names, in the order written."""
    if not is_kind(value, dict, phrase("`labels` is an object of texts"), pointer, findings):
        return ()
    if len(value) > MAX_LABELS:
        findings.add(
            "too_many",
            pointer,
            says("a step has {count} labels; at most {most} are allowed", count=len(value), most=MAX_LABELS),
        )
        return ()
    pairs = []
    for key, text in value.items():
        at = f"{pointer}/{escape(key)}"
        read_text(key, phrase("a label's name"), at, findings, limit=MAX_LABEL_KEY)
        pairs.append((key, read_text(text, says("the label {key}", key=shown(key)), at, findings, limit=MAX_NAME)))
    return tuple(pairs)
