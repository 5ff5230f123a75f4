"""The workloads as DAGs of Airflow."""

from __future__ import annotations

import os

from airflow.sdk import dag, task


@task
def step(n: int) -> int:
    return n + 1


@task
def joined(results: list[int]) -> int:
    return sum(results)


def in_a_row(name: str, count: int) -> None:
    @dag(dag_id=name, schedule=None, catchup=False)
    def workflow() -> None:
        last = step(0)
        for _ in range(count - 1):
            last = step(last)

    workflow()


@dag(dag_id="W3", schedule=None, catchup=False)
def each() -> None:
    joined(step.expand(n=list(range(int(os.environ["ITEMS"])))))


in_a_row("W1", 40)
in_a_row("W2", 5)
each()
