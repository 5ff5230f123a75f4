"""Reading stock lists, which takes a processor's time."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from tropeiro.sdk import Context, ServiceError, service


@dataclass(frozen=True)
class Stock:
    """Pieces of each product."""

    pieces: dict[str, int]
    lines: int


@service(timeout="2m")
def read_stock(context: Context, text: str) -> Stock:
    """Add up a stock list: CSV with the columns `product` and `pieces`."""
    pieces: dict[str, int] = {}
    lines = text.splitlines()
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        if context.cancelled.is_set():
            break
        try:
            pieces[row["product"]] = pieces.get(row["product"], 0) + int(row["pieces"])
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceError("bad_line", f"Line {number} cannot be read", details={"line": number}) from error
        if number % 1_000 == 0:
            context.progress(number / len(lines), f"{number} lines")
    return Stock(pieces=pieces, lines=len(lines))
