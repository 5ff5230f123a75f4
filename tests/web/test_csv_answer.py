"""Tables as files that a spreadsheet opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from tropeiro.web.screens.csv_answer import csv_answer

AT = datetime(2026, 11, 28, 17, 3, 5, tzinfo=UTC)


def _lines(language: str, *rows: tuple[object, ...]) -> list[str]:
    with translation.override(language), timezone.override(ZoneInfo("America/Sao_Paulo")):
        answer = csv_answer("jobs", ["Name", "Value"], rows)
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return text.removeprefix("\ufeff").split("\r\n")[1:-1]


def test_a_brazilian_spreadsheet_can_read_it() -> None:
    assert _lines("pt-br", ("a", 1.5), ("b", timedelta(seconds=2.25)), ("c", AT)) == [
        "a;1,5", "b;2,25", "c;2026-11-28 14:03:05",
    ]  # fmt: skip


def test_an_english_one_too() -> None:
    assert _lines("en", ("a", 1.5), ("b, c", None)) == ["a,1.5", '"b, c",']


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    assert _lines("en", (text, -3)) == [f"'{text},-3"]
