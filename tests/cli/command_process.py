"""The command line as its users have it: a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that a command with ``--json`` ended with."""
        return json.loads(self.err.strip().splitlines()[-1])["error"]


Tropeiro = Callable[..., Ended]


def command_environ(folder: Path, **environ: str) -> dict[str, str]:
    """A command's environment, with a data folder in ``folder``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TROPEIRO_", "DATABASE_"))}
    return {**kept, "TROPEIRO_DATA": str(folder / "data"), "COLUMNS": "200", "NO_COLOR": "1", **environ}
