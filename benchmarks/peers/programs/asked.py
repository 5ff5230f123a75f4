"""The way in which a program in a peer's environment is asked: a workload a line, answered with seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def serve(workloads: dict[str, Callable[[int], float | None]]) -> None:
    """Answer ``<workload> <count>`` with the seconds it took, by the workload's own account or by the clock here."""
    for line in sys.stdin:
        name, count = line.split()
        began = time.perf_counter()
        own = workloads[name](int(count))
        print(f"=> {time.perf_counter() - began if own is None else own}", flush=True)
