"""The workloads in Celery: chains, groups, and a chord where the result backend has one."""

from __future__ import annotations

import os
from itertools import repeat

from asked import serve
from celery import Celery, chain, chord, group

app = Celery("with_celery", broker=os.environ["BROKER"], backend=os.environ["BACKEND"])
# Tasks are acknowledged when they are done, so that a worker that dies loses none: what the documentation recommends
# for tasks that may be repeated. Many short tasks: it recommends a large prefetch.
app.conf.update(
    task_acks_late=True, task_reject_on_worker_lost=True, worker_prefetch_multiplier=64,
    broker_transport_options={"visibility_timeout": 3600}, result_expires=600,
)  # fmt: skip


@app.task
def step(n: int) -> int:
    return n + 1


@app.task
def joined(results: list[int]) -> int:
    return sum(results)


def in_a_row(count: int) -> chain:
    return chain(step.s(0), *repeat(step.s(), count - 1))


def one(count: int) -> None:
    in_a_row(count).apply_async().get(timeout=600)


def many(count: int) -> None:
    started = [in_a_row(5).apply_async() for _ in range(count)]
    for result in started:
        result.get(timeout=600)


def fan_out(count: int) -> None:
    if os.environ["BACKEND"].startswith("rpc"):
        group(step.s(n) for n in range(count)).apply_async().get(timeout=600)
    else:
        chord((step.s(n) for n in range(count)), joined.s()).apply_async().get(timeout=600)


if __name__ == "__main__":
    serve({"W1": one, "W2": many, "W3": fan_out})
