"""The service ``csv``: text with separators to rows, and back (RFC 4180)."""

from __future__ import annotations

import csv as csv_format
import io
import re
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from tropeiro.sdk import ServiceError, service
from tropeiro.services.core.example import Example
from tropeiro.services.core.threads import aside

MAX_TEXT = 10_000_000
MAX_ROWS = 500_000
MAX_COLUMNS = 2_000

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 20
# What spreadsheets take for the start of a formula (OWASP, "CSV injection"); a plain number is left alone.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")


@service(name="csv", title="Read or write CSV", pure=True, public=True, timeout="2m")
async def csv(
    parse: Annotated[str | None, Field(max_length=MAX_TEXT, description="Text to read.")] = None,
    rows: Annotated[
        list[dict[str, Any] | list[Any]] | None, Field(max_length=MAX_ROWS, description="Rows to write.")
    ] = None,
    delimiter: Annotated[
        Literal["auto", ",", ";", "\t", "|"],
        Field(description="What stands between fields; `auto` finds out when reading, and writes commas."),
    ] = "auto",
    columns: Annotated[
        list[str] | None,
        Field(
            max_length=MAX_COLUMNS,
            description="Names of the columns: when reading a text without a header, or to choose what is written.",
        ),
    ] = None,
    formulas: Annotated[
        Literal["escape", "keep"],
        Field(description="Whether text that a spreadsheet would run as a formula gets a `'` in front when writing."),
    ] = "escape",
) -> list[dict[str, str | None]] | str:
    """With `parse`: the rows of a CSV text as objects, all values text. With `rows`: the CSV text of rows.

    Reading takes the first line for the names of the columns unless `columns` gives them; a short row has null for
    what is missing, a long one is an error. Writing begins with the names, ends lines with CR LF, writes null as
    nothing, and lists and objects as JSON.
    """
    if (parse is None) == (rows is None):
        raise ServiceError("invalid_inputs", "Give either `parse` (a text to read) or `rows` (rows to write).")
    if parse is not None:
        return await aside(len(parse), _read, parse.removeprefix("\ufeff"), delimiter, columns)
    written = "," if delimiter == "auto" else delimiter
    return await aside(len(rows or []) * 10, _write, rows or [], written, columns, formulas == "escape")


def _read(text: str, delimiter: str, columns: list[str] | None) -> list[dict[str, str | None]]:
    chosen = _sniff(text) if delimiter == "auto" else delimiter
    reader = csv_format.reader(io.StringIO(text, newline=""), delimiter=chosen, strict=True)
    names = columns
    rows: list[dict[str, str | None]] = []
    try:
        for fields in reader:
            if not fields:
                continue
            if names is None:
                names = _names(fields)
                continue
            if len(fields) > len(names):
                raise _invalid(reader.line_num, f"it has {len(fields)} fields, there are {len(names)} columns")
            if len(rows) == MAX_ROWS:
                raise _invalid(reader.line_num, f"there are more than {MAX_ROWS} rows")
            rows.append(dict(zip(names, fields + [None] * (len(names) - len(fields)), strict=True)))
    except csv_format.Error as error:
        raise _invalid(reader.line_num, str(error)) from None
    return rows


def _names(fields: list[str]) -> list[str]:
    names = [field.strip() or f"column_{place}" for place, field in enumerate(fields, start=1)]
    if len(names) > MAX_COLUMNS:
        raise _invalid(1, f"there are more than {MAX_COLUMNS} columns")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _invalid(1, f"two columns are called {name[:100]!r}; name them with `columns`")
        seen.add(name)
    return names


def _sniff(text: str) -> str:
    """The delimiter that cuts the first lines into the most fields, equally many in each."""
    lines = text[:65_536].splitlines(keepends=True)[: _SAMPLE + 1]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        widths = []
        try:
            widths = [len(fields) for fields in csv_format.reader(lines, delimiter=delimiter) if fields][:_SAMPLE]
        except csv_format.Error:
            continue  # this one cannot be it
        if widths and min(widths) == max(widths) > most:
            best, most = delimiter, widths[0]
    if most > 1:
        return best
    header = lines[0] if lines else ""
    return max(_DELIMITERS, key=header.count)


def _write(rows: list[dict[str, Any] | list[Any]], delimiter: str, columns: list[str] | None, escape: bool) -> str:
    objects = [row for row in rows if isinstance(row, dict)]
    if objects and len(objects) != len(rows):
        raise ServiceError("invalid_inputs", "Some rows are objects and some are lists. Make all of them the same.")
    names = columns or list(dict.fromkeys(name for row in objects for name in row))
    text = io.StringIO(newline="")
    writer = csv_format.writer(text, delimiter=delimiter, lineterminator="\r\n")
    if names:
        writer.writerow([_field(name, escape) for name in names])
    for place, row in enumerate(rows):
        if isinstance(row, dict):
            writer.writerow([_field(row.get(name), escape) for name in names])
            continue
        if names and len(row) > len(names):
            raise ServiceError("invalid_inputs", f"rows[{place}] has {len(row)} values, `columns` {len(names)}.")
        writer.writerow([_field(value, escape) for value in row])
        if text.tell() > MAX_TEXT:
            break
    if text.tell() > MAX_TEXT:
        raise ServiceError("output_too_large", f"The text is longer than {MAX_TEXT} characters. Write fewer rows.")
    return text.getvalue()


def _field(value: Any, escape: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if escape and _FORMULA.match(text.lstrip(" ")) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _invalid(line: int, what: str) -> ServiceError:
    return ServiceError("csv_invalid", f"Line {max(line, 1)} of the CSV text cannot be read: {what}.")


_TABLE = [{"city": "São Paulo", "visits": "120"}, {"city": "Lisboa; centro", "visits": "45"}]

EXAMPLES = (
    Example("csv", "Read", {"parse": 'city;visits\nSão Paulo;120\n"Lisboa; centro";45\n'}, _TABLE),
    Example(
        "csv",
        "Write, without running what looks like a formula",
        {"rows": [{"name": "=1+1", "total": -5}, {"name": 'a "b", c', "total": None}]},
        'name,total\r\n\'=1+1,-5\r\n"a ""b"", c",\r\n',
    ),
)
