from __future__ import annotations

import time
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("a,b", []),
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a;b\r\n1,5;2\r\n", [{"a": "1,5", "b": "2"}]),
        ("a\tb\n1\t2", [{"a": "1", "b": "2"}]),
        ("a|b\n1|2", [{"a": "1", "b": "2"}]),
        ("\ufeffa,b\n\n1,\n", [{"a": "1", "b": ""}]),
        ('a,b\n"x ""y"", z","two\nlines"\n', [{"a": 'x "y", z', "b": "two\nlines"}]),
        ("a,b,c\n1\n", [{"a": "1", "b": None, "c": None}]),
        ("a,,c\n1,2,3\n", [{"a": "1", "column_2": "2", "c": "3"}]),
        ("only\n1\n2\n", [{"only": "1"}, {"only": "2"}]),
        ("name;city\nAna, Maria;Recife, PE\n", [{"name": "Ana, Maria", "city": "Recife, PE"}]),
    ],
)
async def test_csv_is_read_whatever_its_delimiter(core: Any, text: str, rows: list[dict[str, Any]]) -> None:
    assert await core("csv", {"parse": text}) == rows


async def test_csv_without_a_header_takes_names(core: Any) -> None:
    assert await core("csv", {"parse": "1,2\n3,4", "columns": ["a", "b"]}) == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


@pytest.mark.parametrize(
    ("inputs", "code", "words"),
    [
        ({"parse": "a,b\n1,2,3"}, "csv_invalid", "Line 2"),
        ({"parse": "a,a\n1,2"}, "csv_invalid", "'a'"),
        ({"parse": 'a,b\n"1,2'}, "csv_invalid", "Line"),
        ({"parse": "a\n" + "x" * 200_000}, "csv_invalid", "field"),
        ({}, "invalid_inputs", "either"),
        ({"parse": "a", "rows": []}, "invalid_inputs", "either"),
        ({"rows": [{"a": 1}, [2]]}, "invalid_inputs", "same"),
        ({"rows": [[1, 2]], "columns": ["a"]}, "invalid_inputs", r"rows[0]"),
    ],
)
async def test_csv_says_what_cannot_be_read_or_written(
    core: Any, inputs: dict[str, Any], code: str, words: str
) -> None:
    error = await core.fails("csv", inputs)
    assert error.code == code
    assert words in error.message


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("-12.5", "-12.5"),
        ("+55", "+55"),
        (-5, "-5"),
        (True, "true"),
        (None, ""),
        ("a=b", "a=b"),
        ([1, {"a": 2}], '"[1,{""a"":2}]"'),
        ('=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'),
    ],
)
async def test_what_a_spreadsheet_would_run_is_made_harmless(core: Any, value: Any, field: str) -> None:
    assert await core("csv", {"rows": [{"a": "x", "b": value}]}) == f"a,b\r\nx,{field}\r\n"


async def test_csv_is_written_as_asked(core: Any) -> None:
    rows = [{"a": 1, "b": 2}, {"b": 3, "c": "x;y"}]
    assert await core("csv", {"rows": rows}) == "a,b,c\r\n1,2,\r\n,3,x;y\r\n"
    assert await core("csv", {"rows": rows, "columns": ["c", "a"], "delimiter": ";"}) == 'c;a\r\n;1\r\n"x;y";\r\n'
    assert await core("csv", {"rows": [[1, 2], [3]]}) == "1,2\r\n3\r\n"
    assert await core("csv", {"rows": [{"a": "=1"}], "formulas": "keep"}) == "a\r\n=1\r\n"
    assert await core("csv", {"rows": []}) == ""


async def test_what_was_written_is_read_back(core: Any) -> None:
    rows = [{"a": 'x,"y"\nz', "b": "ç;|\t"}, {"a": "", "b": " "}]
    assert await core("csv", {"parse": await core("csv", {"rows": rows})}) == rows


@pytest.mark.parametrize(
    ("text", "data", "result"),
    [
        ("plain", None, "plain"),
        ("<< inputs.a >>", {"a": "x"}, "x"),
        ("<<inputs.a>>-<<inputs.b>>", {"a": 1, "b": True}, "1-true"),
        ("<< inputs.a | upper >>!", {"a": "x"}, "X!"),
        ("<< inputs >>", {"a": [1, None]}, '{"a":[1,null]}'),
        ('<< "<<" >> << ">>" >> <<  "}}"  >>', None, "<< >> }}"),
        ("{{ left }} {% alone %} {# too #}", None, "{{ left }} {% alone %} {# too #}"),
        ("a > b >> c", None, "a > b >> c"),
        ("<< inputs.a if inputs.a > 1 else 'few' >>", {"a": 1}, "few"),
        ("<< inputs.missing | default('none') >>", {}, "none"),
    ],
)
async def test_template_fills_in_values(core: Any, text: str, data: Any, result: str) -> None:
    assert await core("template", {"text": text, "data": data}) == result


async def test_template_repeats_for_each_item(core: Any) -> None:
    inputs = {"text": "<< index >>:<< item.n >>/<< inputs.of >>", "data": {"of": 2}, "each": [{"n": "a"}, {"n": "b"}]}
    assert await core("template", inputs | {"separator": ", "}) == "0:a/2, 1:b/2"
    assert await core("template", inputs | {"each": []}) == ""


async def test_template_makes_values_safe_for_html_and_leaves_the_text(core: Any) -> None:
    inputs = {"text": '<b title="<< inputs >>"><< inputs >></b>', "data": "\"<i>'&", "escape": "html"}
    assert await core("template", inputs) == '<b title="&quot;&lt;i&gt;&#x27;&amp;">&quot;&lt;i&gt;&#x27;&amp;</b>'


@pytest.mark.parametrize(
    ("inputs", "code", "words"),
    [
        ({"text": "a\n  << inputs.a"}, "template_invalid", "line 2, column 3"),
        ({"text": "<< 'open >>"}, "template_invalid", "line 1, column 1"),
        ({"text": "<< inputs.a( >>"}, "template_invalid", "line 1"),
        ({"text": "<<>>"}, "template_invalid", "line 1"),
        ({"text": "<< steps.x.output >>"}, "template_", "line 1"),
        ({"text": "<< inputs.missing >>", "data": {}}, "template_failed", "missing"),
        ({"text": "x" * 200_000, "each": [1] * 100}, "output_too_large", "longer"),
        ({"text": "<< item >>" * 100, "each": [1] * 10_000}, "too_many_expressions", "200000"),
    ],
)
async def test_template_says_where_it_fails(core: Any, inputs: dict[str, Any], code: str, words: str) -> None:
    error = await core.fails("template", inputs)
    assert error.code.startswith(code)
    assert words in error.message


@pytest.mark.parametrize(
    "text", ["<" * 200_000, "<<" * 100_000, "<< '" * 50_000, '<< "' + "\\" * 190_000, "<< " + ">" * 99_999]
)
async def test_a_hostile_template_is_read_quickly(core: Any, text: str) -> None:
    start = time.monotonic()
    await core.outcome("template", {"text": text})
    assert time.monotonic() - start < 2
