"""Tables as CSV files, as a spreadsheet of the reader's language opens them.

In Portuguese fields are parted by semicolons and decimals by commas, which is what a Brazilian spreadsheet expects; a
byte-order mark says that it is UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe in front
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

MOST = 10_000
"""Rows of one file; who needs more asks for a narrower range."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The file ``name``.csv with a head and at most 10,000 rows of texts, numbers, moments, lengths of time, ``None``.

    Moments are written by the reader's clock as ``2026-11-28 14:03:05``, lengths of time in seconds.
    """
    portuguese = (get_language() or "en").startswith("pt")
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if portuguese else ",", lineterminator="\r\n")
    writer.writerow([_cell(one, portuguese) for one in head])
    for number, row in enumerate(rows):
        if number == MOST:
            break
        writer.writerow([_cell(one, portuguese) for one in row])
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: Any, portuguese: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return str(value).replace(".", ",") if portuguese else str(value)
    text = str(value)
    return f"'{text}" if not isinstance(value, int) and text.startswith(_FORMULA) else text
