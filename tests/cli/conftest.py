from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_process import Ended, Tropeiro, command_environ


def _runner(folder: Path, **fixed: str) -> Tropeiro:
    def run(*arguments: str, stdin: str = "", **environ: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "tropeiro.cli.main", *arguments],
            input=stdin,
            env=command_environ(folder, **{**fixed, **environ}),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def tropeiro(tmp_path: Path) -> Tropeiro:
    """Run a command to its end, with a data folder of its own. No command ever shows a traceback."""
    return _runner(tmp_path)


@pytest.fixture(scope="module")
def installation(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ended]:
    """The same on a database that is migrated already and that the module's tests share, as their data folder."""
    return _runner(tmp_path_factory.mktemp("installation"), DATABASE_URL=database_url)
