"""The harness against mutants: every drill holds on the product as it is, and breaks on each mutant that it is for."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from chaos.drills import POISON, Drill
from chaos.house import House
from chaos.ledger import Ledger, say
from chaos.mutants import ALL, Mutant
from chaos.outside import NotInTime
from chaos.scenario import Scenario, Size

CONTROL, BREAK = "drill of the product as it is", "guard broken in a copy"
_AT_ONCE = 3
LONG = (POISON,)


class Caught(Exception):
    """An invariant broke, as it must."""


class Tripwire(Ledger):
    """A mutant's account: the first invariant that breaks ends its run."""

    def check(self, invariant: str, holds: bool, detail: object = "") -> bool:
        if not super().check(invariant, holds, detail):
            raise Caught(invariant)
        return True


def chosen(size: Size) -> Sequence[Mutant]:
    return [mutant for mutant in ALL if size.full or mutant.short]


def drills_of(mutants: Sequence[Mutant]) -> Sequence[Drill]:
    """Their drills, those that take longest first."""
    return sorted(dict.fromkeys(mutant.drill for mutant in mutants), key=lambda drill: drill not in LONG)


def faults(size: Size) -> dict[str, int]:
    mutants = chosen(size)
    return {CONTROL: len(drills_of(mutants)), BREAK: len(mutants)}


def run(house: House, size: Size, ledger: Ledger) -> None:
    mutants = chosen(size)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        long = [pool.submit(attempt, house, mutant, ledger) for mutant in mutants if mutant.drill in LONG]
        controls = [pool.submit(control, house, drill, ledger) for drill in drills_of(mutants)]
        short = [pool.submit(attempt, house, mutant, ledger) for mutant in mutants if mutant.drill not in LONG]
    for one in (*long, *controls, *short):
        if error := one.exception():
            ledger.check("every drill comes to its end", False, "".join(traceback.format_exception(error)))
    if len(mutants) < len(ALL):
        ledger.figure(f"{len(mutants)} of {len(ALL)} mutants, the others in the full size")


def control(house: House, drill: Drill, ledger: Ledger) -> None:
    """A drill that the product itself does not pass says nothing about mutants."""
    own = Ledger(f"drill {drill.name}", quiet=True)
    with house.stage(f"control {drill.name}".replace(" ", "-")) as stage:
        drill.run(stage, own)
    ledger.fire(CONTROL)
    ledger.held += own.held
    ledger.broken += own.broken
    say(f"guards: the drill {drill.name!r} {'holds' if not own.broken else 'BREAKS'} on the product as it is")


def attempt(house: House, mutant: Mutant, ledger: Ledger) -> None:
    """Run a mutant's drill; it must be caught."""
    own = Tripwire(f"mutant {mutant.name}", quiet=True)
    with house.stage(f"mutant {ALL.index(mutant)}".replace(" ", "-")) as stage:
        source = mutant.copy(stage.data.parent)
        mutant.alter(source, stage.outside)
        stage.extra["PYTHONPATH"] = f"{source}:{stage.house.environ(stage.data, '').get('PYTHONPATH', '')}"
        ledger.fire(BREAK)
        try:
            mutant.drill.run(stage, own)
        except (Caught, NotInTime) as noticed:
            ledger.caught += 1
            say(f"guards: caught {mutant.name!r}: {noticed}")
        else:
            ledger.check("every mutant is caught", False, f"{mutant.name} survived the drill {mutant.drill.name!r}")


SCENARIO = Scenario("guards", faults, run)
