"""The emulator's own totals, straight from the data and not through a report, for tests to compare with."""

from __future__ import annotations

from datetime import date
from typing import Any

from tropeiro.samples.google_analytics.emulator.catalogue import Property
from tropeiro.samples.google_analytics.emulator.data import Base, cells
from tropeiro.samples.google_analytics.emulator.dates import spans
from tropeiro.samples.google_analytics.emulator.table import dimension_reader, metric_named


def totals(
    known: Property, start: str, end: str, dimensions: list[str], metrics: list[str], today: date
) -> dict[str, Any]:
    """``{synthetic, property, start, end, row_count, totals}`` of everything recorded between two dates.

    ``row_count`` is the number of combinations of ``dimensions`` with some metric other than zero. Raises 400.
    """
    (span,) = spans([{"startDate": start, "endDate": end}], today)
    readers = [dimension_reader(name) for name in dimensions]
    measures = [metric_named(name) for name in metrics]
    whole = [0] * len(Base)
    seen: set[tuple[str, ...]] = set()
    for day in span.days(today):
        for cell in cells(known.name, known.scale, day):
            for base, amount in enumerate(cell.sums):
                whole[base] += amount
            if any(metric.value(cell.sums) for metric in measures):
                seen.add(tuple(read(day, cell) for read in readers))
    return {
        "synthetic": True,
        "property": known.name,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "row_count": len(seen),
        "totals": {metric.api_name: metric.value(whole) for metric in measures},
    }
