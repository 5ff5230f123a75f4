"""Two hundred expressions of bad intent: each is refused, or evaluated within 50 ms and 20 MB."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest
from hostile_expressions import ESCAPES, HOSTILE, NAMES, STATEMENTS

from tropeiro.kernel import expressions
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import compile_template

MILLISECONDS = 50
"""Of a machine that does the work of `spell` in ``SPELL_MILLISECONDS``: a slower one is given more, in proportion."""
SPELL_MILLISECONDS = 20
MEGABYTES = 20


def spell() -> float:
    """CPU milliseconds of a fixed piece of work, of the kind that walking values is."""
    begun = time.process_time()
    rows = [{"id": n, "tags": ["x"]} for n in range(40_000)]
    if sum(len(row) for row in rows if isinstance(row, dict)) != 80_000:
        raise AssertionError
    return (time.process_time() - begun) * 1000


def attempt(source: str) -> Any:
    """Compile and render as a step would, without help from the cache; what it gives must be writable as JSON."""
    expressions._cached_text.cache_clear()
    try:
        return compile_template(source, key="/with").render(NAMES)
    except ExpressionError as error:
        return error


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 200


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: ascii(source[:40]))
def test_it_is_refused_or_evaluated_within_its_bounds(source: str) -> None:
    spent = []
    for _ in range(3):
        pace = max(1.0, spell() / SPELL_MILLISECONDS)
        begun = time.process_time()
        result = attempt(source)
        spent.append((time.process_time() - begun) * 1000 / pace)
    tracemalloc.start()
    try:
        attempt(source)
        peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    finally:
        tracemalloc.stop()
    # The least of them is what the work takes; the others also tell what else the machine was doing.
    assert min(spent) < MILLISECONDS, f"took {min(spent):.0f} ms"
    assert peak < MEGABYTES, f"took {peak:.0f} MB"
    if isinstance(result, ExpressionError):
        assert result.message
        assert len(result.message) < 400
        assert len(result.hint) < 400
        assert result.key == "/with"


REFUSED = [*ESCAPES, *STATEMENTS]


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: ascii(source[:40]))
def test_nothing_of_python_comes_out(source: str) -> None:
    result = attempt(source)
    level = [] if isinstance(result, ExpressionError) else [result]
    for _ in range(3):
        assert {type(value) for value in level} <= {type(None), bool, int, float, str, list, dict}
        lists = [value[:100] for value in level if isinstance(value, list)]
        level = [inner for values in lists for inner in values]


def test_what_is_rendered_never_grows_far_beyond_its_data() -> None:
    """A result that repeats data is measured: a hundred times one list of a million is refused, once is not."""
    assert isinstance(attempt("{{ inputs.million }}"), list)
    refused = attempt({"a": "{{ inputs.million }}", "b": "{{ inputs.million }}"})  # type: ignore[arg-type]
    assert isinstance(refused, ExpressionError)
    assert "limit" in refused.message
