"""The disk is full: everything stops in good order, and goes on by itself when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger, say
from chaos.outside import pause, wait_until
from chaos.pace import Feeder, ends_since, now, rate
from chaos.scenario import Scenario, Size
from chaos.server import copy_folder
from chaos.workloads import STEPS

FULL, LOG_FULL = "disk full", "no room for the database's log"
_MEGABYTES = 400
_SETTINGS = {"max_wal_size": "64MB", "min_wal_size": "32MB", "shared_buffers": "32MB", "wal_recycle": "off"}
_PIECE = 1 << 20


def faults(size: Size) -> dict[str, int]:
    return {FULL: size.of(3, 1), LOG_FULL: size.of(3, 1)}


def run(house: House, size: Size, ledger: Ledger) -> None:
    folder = house.folder / "disk"
    folder.mkdir()
    folder.chmod(0o711)
    # The workers' own folder stands elsewhere: here it is the database's disk that fills.
    copy_folder(house.template, folder / "data")
    with small_disk(folder / "small") as disk:
        copy_folder(house.template, disk / "data")
        with house.stage_on(disk / "data", _SETTINGS) as stage:
            stage.troupe.folder = folder
            places = stage.hire(2, TROPEIRO_DATA=str(folder / "data"), TROPEIRO_BLOBS=f"file://{folder / 'data/blobs'}")
            processes = [place.pid for place in places]
            for _ in range(size.of(3, 1)):
                fill_and_free(stage, disk, ledger, size, FULL)
                fill_and_free(stage, disk, ledger, size, LOG_FULL)
            ledger.check("no worker had to be restarted", [place.pid for place in places] == processes)
            if invariants.settled(stage.outside, ledger, 90):
                invariants.nothing_lost(stage.outside, ledger)
                invariants.nothing_twice(stage.outside, ledger)
            invariants.no_traceback(stage.troupe, ledger)


def fill_and_free(stage: Stage, disk: Path, ledger: Ledger, size: Size, fault: str) -> None:
    """Fill the disk under load, see everything stop, free it, see it go on."""
    ballast = disk / "ballast"

    def refused() -> bool:
        # What comes free meanwhile is filled as well.
        fill(ballast)
        return not (stage.server.logs() if fault == LOG_FULL else stage.server.writes())

    with Feeder.feeding(stage.server.url, STEPS, per_second=80):
        pause(2.0)
        say(f"disk: {fault}, after {wait_until(refused, 60, 'the full disk is felt'):.1f} s")
        if os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize < 2 * _PIECE:
            ledger.fire(fault)
        pause(size.of(20, 3))
        ballast.unlink()
        if not stage.server.answers():
            # Without room for its log the server gives up; its keeper (here, we) starts it again. Ours are let be.
            say("disk: the server gave up and is started again")
            stage.server.start()
        freed = now(stage.outside)
        wait_until(lambda: len(ends_since(stage.outside, freed)) > 0, 30, "jobs end again after the disk was freed")
        resumed = ends_since(stage.outside, freed)[0] - freed
        pause(3.0)
        ends = ends_since(stage.outside, freed)
        ledger.figure(f"{fault}: on {resumed:.1f} s after there was room, {rate(ends, freed, freed + 3):.0f} jobs/s")


def fill(ballast: Path) -> None:
    """Write until there is no room."""
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        for piece in (_PIECE, 4096):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * piece)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own in memory. Needs the right to mount."""
    folder.mkdir()
    options = f"size={_MEGABYTES}m,mode=0711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chaos", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


SCENARIO = Scenario("disk", faults, run)
