"""What stands in an installation before a test looks at it: workflows, organizations, people. Made by the console's own
actions, in a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from installation import Installation

_SAVE = """
from tropeiro.web.accounts.access import local_member
from tropeiro.web.workflows.actions import save_workflow
saved = save_workflow(local_member(told["organization"]), told["name"], told["text"], None, told["message"])
answer = str(saved.workflow)
"""
_DRAFT = """
from uuid import UUID
from tropeiro.web.accounts.access import local_member
from tropeiro.web.workflows.drafts import look_up, save_draft
member, workflow = local_member(told["organization"]), UUID(told["workflow"])
answer = save_draft(member, workflow, told["text"], look_up(member, workflow).revision).state.revision
"""
_PERSON = """
from tropeiro.web.accounts.actions import create_organization, create_user
user, password = create_user(told["email"], told["password"])
create_organization(told["organization"], told["title"], owner=user)
answer = user
"""
_FRAME = """
import json, sys
from tropeiro.cli.console import console, prepare_models
told = json.loads(sys.stdin.read())
prepare_models()
with console():
{code}
print(json.dumps(answer))
"""


def saved_workflow(platform: Installation, organization: str, name: str, document: Any, message: str = "") -> str:
    """Save a version of a workflow; the workflow's id."""
    text = json.dumps(document, indent=2)
    return str(_do(platform, _SAVE, organization=organization, name=name, text=text, message=message))


def drafted(platform: Installation, organization: str, workflow: str, document: Any) -> None:
    """Write the draft of a workflow."""
    _do(platform, _DRAFT, organization=organization, workflow=workflow, text=json.dumps(document, indent=2))


def person_with_organization(platform: Installation, email: str, password: str, organization: str, title: str) -> None:
    """A user, and an organization that they own."""
    _do(platform, _PERSON, email=email, password=password, organization=organization, title=title)


def _do(platform: Installation, code: str, **told: Any) -> Any:
    indented = "\n".join(f"    {line}" for line in code.splitlines())
    ran = subprocess.run(
        [sys.executable, "-c", _FRAME.format(code=indented)],
        env=platform.environ,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])
