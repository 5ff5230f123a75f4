"""Project folders for tests, written on the fly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tropeiro.web.projects.folder import ProjectFolder, read_folder

SERVICES = '''
from tropeiro.sdk import service


@service(public={public}, version={version})
def greet(name: str) -> {returns}:
    """Greet somebody."""
    return {body}


@service
def secret(x: int) -> int:
    return x
'''


def write_project(
    folder: Path,
    *,
    name: str = "greetings",
    public: bool = True,
    version: int = 1,
    body: str = '"Hello, " + name',
    returns: str = "str",
    services: str | None = None,
    automations: dict[str, Any] | None = None,
    options: str = "",
) -> ProjectFolder:
    """A project with the services ``greet`` and ``secret``, and the automations whose steps are given."""
    folder.mkdir(parents=True, exist_ok=True)
    source = SERVICES.format(public=public, version=version, body=body, returns=returns)
    (folder / "services.py").write_text(source if services is None else services)
    toml = f'[project]\nname = "{name}"\ntitle = "Greetings"\n'
    for automation, document in (automations or {}).items():
        (folder / f"{automation}.json").write_text(json.dumps(document))
        toml += f'[automations.{automation}]\nworkflow = "{automation}.json"\n{options}\n'
    (folder / "project.toml").write_text(toml)
    return read_folder(folder)


def call(uses: str, **inputs: Any) -> list[dict[str, Any]]:
    """Steps with one call."""
    return [{"id": "one", "uses": uses, "with": inputs}]
