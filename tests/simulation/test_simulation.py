"""The engine in a simulated world: nothing is lost, nothing is done twice, whatever goes wrong between two actions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import MUTANTS
from network import FATES
from seeded_runs import SeedFailed, replay, simulate

HERE = Path(__file__).parent
CHUNK = 50
SEEDS_TO_FIND_A_MISTAKE = 800
REPLAYED = range(20)


@pytest.mark.parametrize("first", range(0, 10 * CHUNK, CHUNK))
def test_every_promise_is_kept_after_every_action(first: int) -> None:
    for seed in range(first, first + CHUNK):
        simulate(seed)


def digests() -> list[str]:
    return [f"{seed} {simulate(seed).trace.digest()}" for seed in REPLAYED]


def test_a_seed_replays_exactly() -> None:
    assert digests() == digests()


def test_another_seed_is_another_run() -> None:
    assert len({line.split()[1] for line in digests()}) == len(REPLAYED)


def test_a_seed_replays_exactly_in_a_process_with_other_hashes() -> None:
    told = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(HERE.parent / "kernel")}
        command = [sys.executable, str(HERE / "simulate.py"), "--digests", "--seeds", str(len(REPLAYED))]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.append(ran.stdout.splitlines())
    here = digests()
    assert told == [here, here]


def test_everything_that_can_go_wrong_goes_wrong_somewhere() -> None:
    happened: set[str] = set()
    for seed in range(150):
        happened |= simulate(seed).trace.kinds()
    expected = {f"! {fate}" for fate in FATES} | {"! thaw", "! poison", "clock"}
    expected |= {"cancel", "pause", "resume", "approve", "callback", "rescue", "release", "runnable", "still"}
    assert expected <= happened


def first_seed_that_fails() -> SeedFailed | None:
    for seed in range(SEEDS_TO_FIND_A_MISTAKE):
        try:
            simulate(seed)
        except SeedFailed as failed:
            return failed
    return None


@pytest.mark.parametrize("mistake", list(MUTANTS))
def test_a_mistake_in_the_product_is_found(mistake: str) -> None:
    with MUTANTS[mistake]():
        failed = first_seed_that_fails()
    assert failed is not None, f"{SEEDS_TO_FIND_A_MISTAKE} seeds, and nobody noticed"
    assert isinstance(failed.__cause__, AssertionError), failed


def test_a_seed_that_fails_says_how_to_see_it_again() -> None:
    with MUTANTS["branches_of_a_decided_join_stay"]():
        failed = str(first_seed_that_fails())
        seed = int(failed.rpartition("make simulate SEED=")[2])
        told, kept = replay(seed)
    assert not kept
    assert failed.splitlines()[-3] in told
