"""The workloads in Prefect: flows of this process, their runs and task runs recorded by the server."""

from __future__ import annotations

import asyncio

from asked import serve
from prefect import flow, task


@task
def step(n: int) -> int:
    return n + 1


@task
async def step_async(n: int) -> int:
    return n + 1


@flow
def in_a_row(count: int) -> int:
    n = 0
    for _ in range(count):
        n = step(n)
    return n


@flow
async def in_a_row_async(count: int) -> int:
    n = 0
    for _ in range(count):
        n = await step_async(n)
    return n


@flow
def each(count: int) -> int:
    return sum(step.map(range(count)).result())


def one(count: int) -> None:
    in_a_row(count)


async def several(count: int) -> None:
    await asyncio.gather(*(in_a_row_async(5) for _ in range(count)))


def many(count: int) -> None:
    asyncio.run(several(count))


def fan_out(count: int) -> None:
    each(count)


if __name__ == "__main__":
    serve({"W1": one, "W2": many, "W3": fan_out})
