"""The table at the end, what went wrong in full, and the last line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chaos.ledger import Ledger


def print_report(ledgers: Sequence[Ledger], *, left_out: int, seconds: float) -> int:
    """Print everything; the exit code."""
    write = sys.stdout.write
    write("\n| scenario | result | faults | invariants held | mutants caught | seconds | figures |\n")
    write("|---|---|---:|---:|---:|---:|---|\n")
    for one in ledgers:
        fired, planned = sum(one.fired.values()), sum(one.planned.values())
        write(
            f"| {one.scenario} | {'good' if one.good else 'NOT GOOD'} | {fired} of {planned} | {len(one.held)} "
            f"| {one.caught} | {one.seconds:.0f} | {'; '.join(one.figures)} |\n"
        )
    for one in ledgers:
        for found in one.broken:
            write(f"\nBROKEN in {one.scenario}: {found.invariant}\n  {found.detail}\n")
        for fault, count in one.missing.items():
            write(f"\nNOT FIRED in {one.scenario}: {fault}, {count} of {one.planned[fault]}\n")
    broken = sum(len(one.broken) for one in ledgers)
    missing = sum(sum(one.missing.values()) for one in ledgers)
    parts = [
        f"{len(ledgers)} scenarios",
        f"{sum(sum(one.fired.values()) for one in ledgers)} faults fired",
        f"{sum(one.caught for one in ledgers)} mutants caught",
        f"{broken} invariants broken",
        *([f"{missing} planned faults did not fire"] if missing else []),
        *([f"{left_out} scenarios left out"] if left_out else []),
        f"{seconds:.0f} s",
    ]
    write(f"\nchaos: {', '.join(parts)}\n")
    return 1 if broken or missing else 0
