"""The exit codes, the same for every command."""

from __future__ import annotations

from enum import IntEnum

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, TropeiroError


class ExitCode(IntEnum):
    """What the process says when it ends."""

    SUCCEEDED = 0
    JOB_FAILED = 1
    USAGE = 2
    PLATFORM = 3


def code_for(error: TropeiroError) -> ExitCode:
    """The code of a command that ended with ``error``: what the caller can mend is 2, what the platform lacks is 3."""
    mendable = isinstance(error, InvalidInput | NotFound | Forbidden | Conflict)
    return ExitCode.USAGE if mendable else ExitCode.PLATFORM
