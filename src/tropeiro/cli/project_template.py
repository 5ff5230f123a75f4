"""The folder that ``tropeiro project init`` makes: the least that does something."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.service_ref import SLUG

_PROJECT = """\
[project]
name = "{name}"
title = "{title}"
description = "What this project is for."
# Packages that services.py imports, as pip writes them.
requires = []

# Workflows that are offered as services, by name.
[automations.welcome]
workflow = "workflows/welcome.json"
title = "Welcome"
description = "Greets everybody."
"""

_SERVICES = '''\
"""Services of this project: every function under @service."""

from __future__ import annotations

from tropeiro.sdk import Context, ServiceError, service


@service(timeout="30s", retries=2)
async def greet(context: Context, name: str) -> str:
    """One greeting for one person."""
    if not name.strip():
        raise ServiceError("no_name", "There is nobody to greet.", retryable=False)
    context.log.info("greeting", name=name)
    return f"Good morning, {name}"
'''

_WORKFLOW = {
    "schema": "tropeiro/v1",
    "name": "welcome",
    "description": "Greets everybody",
    "inputs": {
        "type": "object",
        "required": ["names"],
        "properties": {"names": {"type": "array", "items": {"type": "string"}}},
    },
    "steps": [
        {
            "id": "greetings",
            "name": "Everybody",
            "foreach": "{{ inputs.names }}",
            "concurrency": 4,
            "uses": "greet@1",
            "with": {"name": "{{ item }}"},
        }
    ],
    "output": {"greetings": "{{ steps.greetings.output }}"},
}


def write_project(folder: Path) -> list[Path]:
    """Make the files of a new project named after ``folder``; their paths. Raises `InvalidInput` and `Conflict`."""
    name = folder.absolute().name
    if not re.fullmatch(SLUG, name):
        raise InvalidInput(
            f"{name!r} cannot be a project's name.",
            hint="Start with a small letter; then small letters, digits and hyphens. For example: my-project",
        )
    files = {
        folder / "project.toml": _PROJECT.format(name=name, title=re.sub(r"[-_]+", " ", name).capitalize()),
        folder / "services.py": _SERVICES,
        folder / "workflows" / "welcome.json": json.dumps(_WORKFLOW, indent=2) + "\n",
    }
    for path in files:
        if path.exists():
            raise Conflict(f"{path} is there already.", hint="Name a new folder; nothing was changed.")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    except OSError as problem:
        raise InvalidInput(
            f"{problem.filename} cannot be written: {problem.strerror}.", hint="Check the path."
        ) from problem
    return list(files)
