"""Histograms of many rows of the rollups, added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tropeiro.kernel.states import JobState

COLUMNS = "buckets, counts, failed_buckets, failed_counts"
"""The histograms of a row of ``tropeiro_rollup``."""
_ASKED = {
    "": ("r.buckets || r.failed_buckets", "r.counts || r.failed_counts"),
    "good": ("r.buckets", "r.counts"),
    "bad": ("r.failed_buckets", "r.failed_counts"),
}


def of_jobs(
    cursor: Any, key: str, rows: str, params: dict[str, Any], status: JobState | None, sign: str = "1"
) -> dict[Any, Any]:
    """Histograms as `metrics.Counts` has them (``good`` or ``bad``), by ``key``, of rows ``r`` of the rollups of jobs.

    Only what the status asks for is read. Of all that ended, good and bad stand as one in ``good``.
    """
    asked = "" if status is None else "good" if status is JobState.SUCCEEDED else "bad"
    kind = "bad" if asked == "bad" else "good"
    found = added_up(cursor, (key,), rows, params, *_ASKED[asked], sign)
    return {key: {kind: bars} for (key,), bars in found.items()}


def added_up(
    cursor: Any, keys: Sequence[str], rows: str, params: dict[str, Any], buckets: str = "r.buckets",
    counts: str = "r.counts", sign: str = "1",
) -> dict[tuple[Any, ...], dict[int, int]]:  # fmt: skip
    """One histogram for each value of the ``keys``, expressions over ``rows`` r. A row of ``sign`` -1 is taken away."""
    names = ", ".join(f"key{n}" for n in range(len(keys)))
    keyed = ", ".join(f"{key} AS key{n}" for n, key in enumerate(keys))
    # OFFSET 0: a key is worked out once a row, and not once a bucket. Arrays: a row a histogram comes back, not a row a
    # bucket.
    cursor.execute(
        f"""
        SELECT {names}, array_agg(bucket), array_agg(n) FROM (
            SELECT {names}, bucket, sum(sign * n)::bigint AS n FROM (
                SELECT {names}, sign, unnest(buckets) AS bucket, unnest(counts) AS n
                FROM (SELECT {keyed}, {buckets} AS buckets, {counts} AS counts, {sign} AS sign
                    FROM ({rows}) r OFFSET 0) one) bar
            GROUP BY {names}, bucket HAVING sum(sign * n) <> 0) sums
        GROUP BY {names}
        """,  # noqa: S608 - names of ours
        params,
    )
    return {tuple(row[:-2]): dict(zip(row[-2], row[-1], strict=True)) for row in cursor.fetchall()}
