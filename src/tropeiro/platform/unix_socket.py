"""Where the embedded database's socket stands. The kernel allows about a hundred bytes for its whole path."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.system_user import SystemUser

LONGEST = 103
"""Bytes. ``sun_path`` has 108 on Linux and 104 on macOS, one of them for the closing zero."""
_SOCKET = ".s.PGSQL.5432.lock"


def socket_folder(data: Path, user: SystemUser) -> Path:
    """A folder for the socket that only ``user`` (and root) can enter: in the data folder when that is short enough."""
    folder = data / "run"
    # A quote or a comma would mean something in PostgreSQL's list of folders.
    if len(os.fsencode(folder / _SOCKET)) > LONGEST or set(str(folder)) & set("'\",\\"):
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        base = os.environ.get("XDG_RUNTIME_DIR", "")
        # Root's runtime folder is closed to the server's user, and one that is not there helps nobody.
        own_base = user.account is None and base.startswith("/") and os.access(base, os.W_OK)
        folder = Path(base if own_base else tempfile.gettempdir()) / f"tropeiro-{os.geteuid()}-{name}"
    if len(os.fsencode(folder / _SOCKET)) > LONGEST:
        raise PlatformUnavailable(
            f"There is no folder with a path short enough for the database's socket ({folder} is too long).",
            hint="Name a shorter one in TROPEIRO_DATA, or set TMPDIR=/tmp.",
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    # In a folder that everybody may write to, somebody else could have made it first.
    found = folder.lstat()
    expected = {os.geteuid()} | ({user.account.pw_uid} if user.account is not None else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in expected:
        raise PlatformUnavailable(
            f"{folder} belongs to somebody else, so the database's socket cannot stand there.",
            hint="Remove it, or name a data folder with a shorter path in TROPEIRO_DATA.",
        )
    user.own(folder)
    folder.chmod(0o700)
    return folder
