"""The operating-system user that the embedded PostgreSQL runs as: ourselves, or another one when we are root.

PostgreSQL refuses to run as root, so root gives its cluster to a user of its own. That user must be able to reach the
cluster and the programs: folders of root's on the way to them are made traversable (``o+x``), never readable.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tropeiro.kernel.errors import PlatformUnavailable

ACCOUNT = "tropeiro-db"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Who runs the server. ``account`` is ``None`` when it is the user who runs Tropeiro."""

    account: pwd.struct_passwd | None

    def own(self, path: Path) -> None:
        """Give ``path`` to this user."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def run(self, command: Sequence[str], *, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as this user, in a session of its own, so that Ctrl-C is not for it.

        What it prints comes back in ``stderr``, both streams together.
        """
        # A file and not a pipe: a server started by the command inherits it, and would hold a pipe open for good.
        with tempfile.TemporaryFile("w+") as output:
            finished = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environ),
                cwd="/",
                start_new_session=True,
                umask=0o077,
                check=False,
                user=self.account.pw_uid if self.account else None,
                group=self.account.pw_gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, finished.returncode, "", output.read())


def server_user(cluster: Path, programs: Path) -> SystemUser:
    """The user for a server in ``cluster``, able to reach it and ``programs``. Raises `PlatformUnavailable`."""
    if os.geteuid() != 0:
        return SystemUser(None)
    user = SystemUser(_account())
    _make_traversable(cluster)
    _make_traversable(programs)
    probe = user.run([str(programs / "postgres"), "--version"], environ={})
    if probe.returncode != 0:
        raise PlatformUnavailable(
            f"The user {ACCOUNT}, which runs the embedded database for root, cannot run {programs / 'postgres'}.",
            hint="Install Tropeiro where every user can read it, or run it as an ordinary user.",
        )
    return user


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    problem = "there is no program useradd"
    if useradd is not None:
        made = subprocess.run(  # noqa: S603
            [useradd, "--system", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin", ACCOUNT],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode == 0:
            return pwd.getpwnam(ACCOUNT)
        problem = made.stderr.strip()
    raise PlatformUnavailable(
        f"PostgreSQL does not run as root, and the user {ACCOUNT} could not be made for it: {problem}.",
        hint=f"Make a system user {ACCOUNT}, run Tropeiro as an ordinary user, or set DATABASE_URL.",
    )


def _make_traversable(path: Path) -> None:
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
