"""The house and its stages: a migrated installation, made once, and a copy of it for each scenario."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from chaos.ledger import say
from chaos.outside import Outside, wait_until
from chaos.receiver import Receiver
from chaos.server import Server, copy_folder
from chaos.workers import Place, Troupe
from tropeiro.platform import data_folder

PROJECT = Path(__file__).parent / "project"
LEASE_SECONDS = 2
_UP = "SELECT count(DISTINCT pid) FROM tropeiro_worker WHERE state = 'up' AND pid = ANY (%s)"


@dataclass(frozen=True)
class House:
    """Where everything happens."""

    folder: Path
    receiver: Receiver

    @property
    def template(self) -> Path:
        return self.folder / "template"

    def build(self) -> None:
        """Make the installation that every stage is a copy of, with the project of the chaos applied."""
        project = self.folder / "project"
        shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__", "*.template.toml"))
        declared = Template((PROJECT / "project.template.toml").read_text()).substitute(port=self.receiver.port)
        (project / "project.toml").write_text(declared)
        data_folder.prepare(self.template)
        with Server.running(self.template, {}) as server:
            environ = self.environ(self.template, server.url)
            tropeiro(environ, "migrate")
            tropeiro(environ, "project", "apply", str(project))
        say("an installation is ready to be copied")

    def environ(self, data: Path, url: str) -> dict[str, str]:
        """The environment of our processes on a data folder."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TROPEIRO_", "PG"))},
            "DATABASE_URL": url,
            "TROPEIRO_DATA": str(data),
            "TROPEIRO_LEASE_SECONDS": str(LEASE_SECONDS),
            "TROPEIRO_ALLOWED_PRIVATE_HOSTS": f"127.0.0.1:{self.receiver.port}",
            "PYTHONUNBUFFERED": "1",
        }

    @contextmanager
    def stage(self, name: str, settings: Mapping[str, str] | None = None) -> Iterator[Stage]:
        """A copy of the installation with its own server, whose workers are all ended afterwards."""
        folder = self.folder / name
        folder.mkdir()
        folder.chmod(0o711)
        copy_folder(self.template, folder / "data")
        with self.stage_on(folder / "data", settings) as stage:
            yield stage

    @contextmanager
    def stage_on(self, data: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stage]:
        """A stage in a data folder that is there already."""
        with Server.running(data, settings or {}) as server:
            stage = Stage(self, data, server, Outside(server.url), Troupe(data.parent))
            try:
                yield stage
            finally:
                stage.troupe.dismiss()
                stage.outside.close()


@dataclass
class Stage:
    """One running installation."""

    house: House
    data: Path
    server: Server
    outside: Outside
    troupe: Troupe
    extra: dict[str, str] = field(default_factory=dict)
    """Environment variables of every worker hired from now on."""

    def hire(self, count: int, *, url: str = "", **environ: str) -> list[Place]:
        """More workers, once all of them take packets. ``url``: another way to the database."""
        settings = {**self.house.environ(self.data, url or self.server.url), **self.extra, **environ}
        hired = self.troupe.hire(count, settings)
        self.await_up(hired)
        return hired

    def await_up(self, places: list[Place], seconds: float = 60) -> None:
        """Until the database says that every one of these places is taken by a worker that is up."""

        def all_up() -> bool:
            return bool(self.outside.value(_UP, [[place.pid for place in places]]) == len(places))

        wait_until(all_up, seconds, "the workers come up")


def tropeiro(environ: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the command line; what it printed. Raises `RuntimeError`."""
    command = [sys.executable, "-m", "tropeiro.cli.main", *arguments]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"tropeiro {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout
