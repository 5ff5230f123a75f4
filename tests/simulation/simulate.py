"""The command of the simulation: run many seeds, or replay one. ``make simulate`` calls it."""

from __future__ import annotations

import argparse
import sys
import time

from seeded_runs import SeedFailed, replay, simulate

say = sys.stdout.write


def run_many(first: int, count: int) -> int:
    """Run many seeds. The exit code."""
    failed: list[int] = []
    events, began = 0, time.process_time()
    for number, seed in enumerate(range(first, first + count), start=1):
        try:
            events += len(simulate(seed).trace)
        except SeedFailed as error:
            failed.append(seed)
            say(f"Seed {seed}: {error}\n\n")
        if number % 1000 == 0:
            say(f"{number:,} seeds, {len(failed)} failed\n")
            sys.stdout.flush()
    spent_ms = (time.process_time() - began) * 1000 / count
    say(f"{count:,} seeds, {len(failed)} failed; {events:,} events; {spent_ms:.1f} ms CPU a run\n")
    say("".join(f"See it again: make simulate SEED={seed}\n" for seed in failed))
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs of the engine in a simulated world.")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many to run")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="replay this one and tell all")
    parser.add_argument("--digests", action="store_true", help="print only the digest of each run")
    options = parser.parse_args()
    if options.seed is not None:
        told, kept = replay(options.seed)
        say(told)
        return 0 if kept else 1
    if options.digests:
        for seed in range(options.first, options.first + options.seeds):
            say(f"{seed} {simulate(seed).trace.digest()}\n")
        return 0
    return run_many(options.first, options.seeds)


if __name__ == "__main__":
    sys.exit(main())
