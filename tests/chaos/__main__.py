"""``PYTHONPATH=tests python -m chaos [SCENARIO…]``: run the scenarios, print a table, sum up in the last line."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chaos.house import House
from chaos.ledger import Ledger, say
from chaos.receiver import Receiver
from chaos.report import print_report
from chaos.scenario import Scenario, Size
from chaos.scenarios import ALL

_LANES = 2
"""Scenarios that run side by side in the short size. In the full size each is alone."""


def main() -> int:
    """The program; its exit code is 1 when an invariant broke or a planned fault did not fire."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(one.name for one in ALL))
    parser.add_argument("--size", choices=("short", "full"), default=os.environ.get("CHAOS") or "short")
    parser.add_argument("--folder", type=Path, help="keep everything, logs too, in this new folder")
    chosen = parser.parse_args()
    unknown = set(chosen.scenarios) - {one.name for one in ALL}
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    wanted = [one for one in ALL if not chosen.scenarios or one.name in chosen.scenarios]
    size = Size(chosen.size == "full")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tropeiro-chaos-") as temporary, Receiver.open() as receiver:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(exist_ok=chosen.folder is None)
        folder.chmod(0o711)
        house = House(folder, receiver)
        house.build()
        ledgers = perform_all(wanted, house, size)
    return print_report(ledgers, left_out=len(ALL) - len(wanted), seconds=time.monotonic() - began)


def perform_all(scenarios: Sequence[Scenario], house: House, size: Size) -> list[Ledger]:
    """All of them; those that measure come last, when nothing heavy runs beside them."""
    with ThreadPoolExecutor(1 if size.full else _LANES) as lanes:
        heavy = list(lanes.map(lambda one: perform(one, house, size), [one for one in scenarios if not one.measures]))
    with ThreadPoolExecutor(1 if size.full else _LANES) as lanes:
        return heavy + list(
            lanes.map(lambda one: perform(one, house, size), [one for one in scenarios if one.measures])
        )


def perform(scenario: Scenario, house: House, size: Size) -> Ledger:
    """One scenario. Whatever goes wrong in it is its own failure, and the others run all the same."""
    ledger = Ledger(scenario.name)
    for fault, count in scenario.faults(size).items():
        ledger.plan(fault, count)
    say(f"{scenario.name} begins")
    began = time.monotonic()
    try:
        scenario.run(house, size, ledger)
    except Exception as error:  # noqa: BLE001 - the table tells it
        ledger.check(
            "the scenario comes to its end", False, f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        )
    ledger.seconds = time.monotonic() - began
    say(f"{scenario.name} ends after {ledger.seconds:.0f} s: {'good' if ledger.good else 'NOT GOOD'}")
    return ledger


if __name__ == "__main__":
    sys.exit(main())
