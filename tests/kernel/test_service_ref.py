"""How a step names a service."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.service_ref import PATTERN, ServiceRef, parse_service_ref


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("fetch", ServiceRef("fetch")),
        ("fetch_rows@2", ServiceRef("fetch_rows", version=2)),
        ("core/http@1", ServiceRef("http", "core", version=1)),
        ("acme/google-analytics/report@12", ServiceRef("report", "google-analytics", "acme", 12)),
    ],
)
def test_a_reference_is_taken_apart_and_written_again(text: str, ref: ServiceRef) -> None:
    assert parse_service_ref(text) == ref
    assert str(ref) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "missing"),
        ("core/", "missing"),
        ("/http", "name of a project"),
        ("a/b/c/d", "more than three parts"),
        ("core/http@", "not a version"),
        ("core/http@0", "not a version"),
        ("core/http@01", "not a version"),
        ("core/http@1.2", "not a version"),
        ("core/http@1@2", "not a version"),
        ("core/http@9999999999", "not a version"),
        ("Core/http", "`Core` is not the name of a project"),
        ("core/HTTP", "`HTTP` is not the name of a service"),
        ("my_org/core/http", "`my_org` is not the name of an organization"),
        ("core/http ", "not the name of a service"),
        ("core/http\n", "not the name of a service"),
        ("córe/http", "not the name of a project"),
        ("x" * 65, "not the name of a service"),
    ],
)
def test_a_wrong_reference_is_refused_by_the_part_that_is_wrong(text: str, named: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(named)):
        parse_service_ref(text)


@given(st.one_of(st.text(max_size=30), st.from_regex(PATTERN, fullmatch=True)))
def test_the_published_pattern_and_the_parser_agree(text: str) -> None:
    try:
        parse_service_ref(text)
        readable = True
    except InvalidInput:
        readable = False
    assert readable == bool(re.fullmatch(PATTERN, text))
