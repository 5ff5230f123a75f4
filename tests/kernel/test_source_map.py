"""A document's text: its value, its places, and what is said when it is no JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.source_map import MAX_BYTES, read_source

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)

TEXT = """\
[
  {"id": "first",
   "with": {"a/b": [10, "two\\n\\u00e9 \\ud83d\\ude00!end"], "m~n": null}},
  true
]
"""


def problem_of(text: str | bytes) -> Problem:
    with pytest.raises(DocumentInvalid) as raised:
        read_source(text)
    (problem,) = raised.value.problems
    return problem


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_any_json_is_read_as_the_standard_decoder_reads_it(value: Any, indent: int | str | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert repr(read_source(text).value) == repr(json.loads(text))
    if ascii_:
        assert repr(read_source(text.encode()).value) == repr(json.loads(text))


@given(st.text(max_size=40) | st.text(alphabet='[]{},:"0123456789.eE+-truefalsn\\u ', max_size=40))
def test_any_text_is_read_as_the_standard_decoder_reads_it_or_refused(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        problem = problem_of(text)
        assert problem.line >= 1
        assert problem.column >= 1
    else:
        assert repr(read_source(text).value) == repr(expected)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_source(data)
    except DocumentInvalid as error:
        problems = error.problems
    else:
        return
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/0", (2, 3)),
        ("/0/id", (2, 10)),
        ("/0/with", (3, 12)),
        ("/0/with/a~1b", (3, 20)),
        ("/0/with/a~1b/1", (3, 25)),
        ("/0/with/m~0n", (3, 65)),
        ("/1", (4, 3)),
        ("/1/nothing", (4, 3)),
        ("/0/nothing/here", (2, 3)),
        ("/7", (1, 1)),
        ("/-1", (1, 1)),
        ("/x", (1, 1)),
    ],
)
def test_a_pointer_is_found_and_a_missing_one_gives_its_nearest_ancestor(pointer: str, place: tuple[int, int]) -> None:
    assert read_source(TEXT).locate(pointer) == place


def test_a_member_can_be_found_by_its_key() -> None:
    assert read_source(TEXT).locate("/0/id", key=True) == (2, 4)


def test_a_column_inside_a_text_counts_each_escape_as_one_character() -> None:
    source = read_source(TEXT)
    line = TEXT.splitlines()[2]
    value = source.value[0]["with"]["a/b"][1]
    for meant in ("two", "!end"):
        assert source.locate("/0/with/a~1b/1", column=value.index(meant) + 1) == (3, line.index(meant) + 1)
    assert source.locate("/0/with/a~1b/1", column=1_000) == (3, line.index('!end"') + 5)


def test_every_key_that_stands_twice_is_told_with_both_places() -> None:
    source = read_source('{"a": {"x": 1,\n "x": 2,\n "x": 3},\n "b": [{"y": 1, "y": 2}]}')
    assert [(p.pointer, p.line, p.column) for p in source.duplicates] == [
        ("/a/x", 2, 2),
        ("/a/x", 3, 2),
        ("/b/0/y", 4, 17),
    ]
    assert all("first in line 1" in problem.message for problem in source.duplicates[:2])
    assert source.value == {"a": {"x": 3}, "b": [{"y": 2}]}


def test_nesting_of_64_levels_is_read_and_one_more_refused() -> None:
    assert read_source("[" * 64 + "]" * 64)
    problem = problem_of("[" * 65 + "]" * 65)
    assert (problem.code, problem.line, problem.column) == ("too_deep", 1, 65)


def test_a_megabyte_is_read_and_one_byte_more_refused() -> None:
    text = '"' + "x" * (MAX_BYTES - 2) + '"'
    assert read_source(text).value == "x" * (MAX_BYTES - 2)
    assert problem_of(text + " ").code == "too_large"
    assert problem_of((text + " ").encode()).code == "too_large"
    assert problem_of('"' + "é" * (MAX_BYTES // 2) + '"').code == "too_large"


def test_constants_that_are_not_json_are_read_as_what_they_mean_so_that_a_place_can_be_told() -> None:
    value = read_source("[NaN, Infinity, -Infinity, 1e999]").value
    assert math.isnan(value[0])
    assert value[1:] == [math.inf, -math.inf, math.inf]


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "empty", "list of steps"),
        ("[1,\n 2,\n]", 2, 3, "comma stands before the end of the list", "Remove the comma"),
        ('{"a": 1,}', 1, 8, "comma stands before the end of the object", "Remove the comma"),
        ("[1 2]", 1, 4, "comes `2`", "Write a comma"),
        ('{"a": 1 "b": 2}', 1, 9, 'comes `"`', "Write a comma"),
        ('{"a" 1}', 1, 6, "`a` is followed by `1`", "colon"),
        ('{"a"', 1, 5, "the end of the document", "colon"),
        ('{"a":', 1, 6, "ends where a value was expected", "cut off"),
        ('[1,\n', 2, 1, "ends where a value was expected", "cut off"),
        ('[\n[1', 2, 3, "inside the list that begins in line 2", "missing ]"),
        ('{"a": 1', 1, 8, "inside the object that begins in line 1", "missing }"),
        ("{", 1, 2, "inside the object that begins in line 1", "missing }"),
        ("[1] x", 1, 5, "goes on with `x`", "Remove"),
        ("[1]]", 1, 4, "goes on with `]`", "Remove"),
        ("['a']", 1, 2, "single quotes", "double quotes"),
        ("{'a': 1}", 1, 2, "single quotes", "double quotes"),
        ("{a: 1}", 1, 2, "`a` has no quotes", '"a"'),
        ("{1: 1}", 1, 2, "`1` has no quotes", '"1"'),
        ("{,}", 1, 2, "a key was expected, not `,`", "double quotes"),
        ("[hello]", 1, 2, "`hello` is not a JSON value", "double quotes"),
        ("[True]", 1, 2, "`True`", "true"),
        ("[None]", 1, 2, "`None`", "null"),
        ("[undefined]", 1, 2, "`undefined`", "null"),
        ("[01]", 1, 2, "`01` is not a JSON number", "leading zeros"),
        ("[+1]", 1, 2, "`+1` is not a JSON number", "plus sign"),
        ("[.5]", 1, 2, "`.5` is not a JSON number", "both sides"),
        ("[1.]", 1, 2, "`1.` is not a JSON number", "both sides"),
        ("[0x1F]", 1, 2, "`0x1F` is not a JSON number", "base"),
        ("[1_000]", 1, 2, "`1_000` is not a JSON number", "No leading"),
        ("[,1]", 1, 2, "a value was expected, not `,`", "Write a value"),
        ("// c\n[]", 1, 1, "no comments", "Remove"),
        ("[1, /* c */ 2]", 1, 5, "no comments", "Remove"),
        ("[1, # c\n 2]", 1, 5, "no comments", "Remove"),
        ('["a\tb"]', 1, 4, "control character", "\\t"),
        ('["a\nb"]', 1, 4, "line break", "\\n"),
        ('["\\x"]', 1, 3, "known escape", "\\\\"),
        ('["\\u12"]', 1, 4, "known escape", "\\\\"),
        ('["abc', 1, 2, "no closing quote", "missing"),
        ("[\u00a01]", 1, 2, "not `\\u00a0`", "Write a value"),
    ],
)  # fmt: skip
def test_slips_are_told_with_place_and_what_to_do(text: str, line: int, column: int, message: str, hint: str) -> None:
    problem = problem_of(text)
    assert problem.code == "json_syntax"
    assert (problem.line, problem.column) == (line, column)
    assert message.lower() in problem.message.lower()
    assert hint in problem.hint


def test_the_pointer_of_a_syntax_error_leads_to_where_it_is() -> None:
    assert problem_of('{"steps": [{"id": "a"}, {"with": {"x": tru}}]}').pointer == "/steps/1/with/x"


def test_bytes_in_another_encoding_are_refused_with_the_place() -> None:
    problem = problem_of('["é",\n "ação"]'.encode("latin-1"))
    assert (problem.code, problem.line, problem.column) == ("bad_encoding", 1, 3)
    assert problem_of("[]".encode("utf-16")).code == "bad_encoding"
    assert "byte order mark" in problem_of(b"\xef\xbb\xbf[]").message
    assert "byte order mark" in problem_of("\ufeff[]").message
