"""Two texts line by line."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from tropeiro.web.workflows.text_differences import MOST_SHOWN, text_differences

LINES = st.lists(st.sampled_from(["a", "b", "c", "{", "}"]), max_size=30)


def test_only_what_differs_is_shown_with_three_lines_around_it() -> None:
    before = [str(n) for n in range(20)]
    after = [*before[:10], "new", *before[11:]]
    found = text_differences("\n".join(before), "\n".join(after))
    assert [(line.change, line.before, line.after, line.text) for line in found.lines] == [
        ("gap", None, None, ""),
        ("same", 8, 8, "7"),
        ("same", 9, 9, "8"),
        ("same", 10, 10, "9"),
        ("removed", 11, None, "10"),
        ("added", None, 11, "new"),
        ("same", 12, 12, "11"),
        ("same", 13, 13, "12"),
        ("same", 14, 14, "13"),
    ]
    assert (found.added, found.removed, found.cut) == (1, 1, False)


def test_texts_that_are_the_same_differ_nowhere() -> None:
    assert text_differences("a\nb\n", "a\nb\n").lines == ()
    assert text_differences("", "").lines == ()


@given(LINES, LINES)
def test_what_is_gone_and_new_makes_one_text_of_the_other(before: list[str], after: list[str]) -> None:
    found = text_differences("\n".join(before), "\n".join(after))
    for line in found.lines:
        if line.before is not None:
            assert before[line.before - 1] == line.text
        if line.after is not None:
            assert after[line.after - 1] == line.text
    gone = {line.before for line in found.lines if line.change == "removed"}
    new = {line.after for line in found.lines if line.change == "added"}
    assert [text for n, text in enumerate(before, 1) if n not in gone] == [
        text for n, text in enumerate(after, 1) if n not in new
    ]


@given(LINES, LINES)
def test_lines_that_are_left_out_are_the_same_in_both(before: list[str], after: list[str]) -> None:
    found = text_differences("\n".join(before), "\n".join(after))
    shown = {line.before for line in found.lines}
    left_out = [n for n in range(1, len(before) + 1) if n not in shown]
    same = [line for line in found.lines if line.change == "same"]
    assert len(left_out) + len(same) + found.removed == len(before)


def test_however_long_the_texts_are_it_does_not_take_long() -> None:
    before = "\n".join(str(n % 7) for n in range(100_000))
    after = "\n".join(str(n % 5) for n in range(100_000))
    begun = time.perf_counter()
    found = text_differences(before, after)
    assert time.perf_counter() - begun < 2
    assert found.cut
    assert len(found.lines) == MOST_SHOWN
