"""The workloads in DBOS: an application process that executes its workflows itself, as its documentation has it."""

from __future__ import annotations

import asyncio
import os

from asked import serve
from dbos import DBOS

DBOS(config={"name": "bench", "system_database_url": os.environ["DATABASE"], "log_level": "ERROR"})


@DBOS.step()
def step(n: int) -> int:
    return n + 1


@DBOS.step()
async def step_async(n: int) -> int:
    return n + 1


@DBOS.workflow()
def in_a_row(count: int) -> int:
    n = 0
    for _ in range(count):
        n = step(n)
    return n


@DBOS.workflow()
async def each(count: int) -> int:
    return sum(await asyncio.gather(*(step_async(n) for n in range(count))))


def one(count: int) -> None:
    in_a_row(count)


def many(count: int) -> None:
    handles = [DBOS.start_workflow(in_a_row, 5) for _ in range(count)]
    for handle in handles:
        handle.get_result()


def fan_out(count: int) -> None:
    asyncio.run(each(count))


if __name__ == "__main__":
    DBOS.launch()
    serve({"W1": one, "W2": many, "W3": fan_out})
    DBOS.destroy()
