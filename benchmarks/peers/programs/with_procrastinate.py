"""The workloads in Procrastinate: tasks that defer the next one, and a caller that waits until the last is recorded."""

from __future__ import annotations

import asyncio
import os
import time
from uuid import uuid4

import procrastinate
import psycopg
from asked import serve

connector = procrastinate.PsycopgConnector(conninfo=os.environ["DATABASE"])
app = procrastinate.App(connector=connector)


@app.task(name="step")
async def step(run: str, left: int) -> None:
    if left > 1:
        await step.defer_async(run=run, left=left - 1)


async def start(run: str, left: int, count: int) -> None:
    async with app.open_async():
        await step.batch_defer_async(*({"run": run, "left": left} for _ in range(count)))


def measured(left: int, count: int) -> float:
    """Seconds until as many tasks as there must be have succeeded, by the times of the events that record it."""
    run = uuid4().hex
    began = time.time()
    asyncio.run(start(run, left, count))
    with psycopg.connect(os.environ["DATABASE"], autocommit=True) as connection:
        while True:
            found = connection.execute(
                "SELECT count(*), extract(epoch FROM max(e.at)) FROM procrastinate_jobs j"
                " JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'succeeded' WHERE j.args ->> 'run' = %s",
                [run],
            ).fetchone()
            if found is not None and found[0] == left * count:
                return float(found[1]) - began
            # The end is taken from the record, so looking seldom costs the engine little and the result nothing.
            time.sleep(0.25)


if __name__ == "__main__":
    serve({
        "W1": lambda count: measured(count, 1),
        "W2": lambda count: measured(5, count),
        "W3": lambda count: measured(1, count),
    })  # fmt: skip
