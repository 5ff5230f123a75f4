"""Names and titles of which people do not see everything are refused, with the character and its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from web_cast import Cast

from tropeiro.kernel.errors import InvalidInput
from tropeiro.sdk.project_file import read_project_file
from tropeiro.web.accounts.organizations import rename_organization
from tropeiro.web.accounts.preferences import Preferences, save_preferences
from tropeiro.web.operating.access import LOCAL_OPERATOR
from tropeiro.web.operating.suspending import suspend
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import change_project, create_project
from tropeiro.web.tokens.actions import create_token
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

TURNED = "safe\u202egpj.exe"

DOORS: dict[str, Callable[[Cast], Any]] = {
    "organization": lambda cast: rename_organization(cast.alice, TURNED),
    "person": lambda cast: save_preferences(cast.alice.user or 0, Preferences(name=TURNED)),
    "project": lambda cast: _change_project(cast, name=TURNED),
    "description": lambda cast: _change_project(cast, description=TURNED),
    "token": lambda cast: create_token(cast.alice, TURNED, Role.VIEWER),
    "suspension": lambda cast: suspend(LOCAL_OPERATOR, "acme", TURNED),
}


def _change_project(cast: Cast, name: str = "P", description: str = "") -> None:
    create_project(cast.alice, "p")
    change_project(cast.alice, "p", slug="p", name=name, description=description)


@pytest.mark.parametrize("door", DOORS)
def test_a_text_that_turns_what_follows_it_is_refused(cast: Cast, door: str) -> None:
    with pytest.raises(InvalidInput, match=r"At place 5 stands the invisible character U\+202E") as refused:
        DOORS[door](cast)
    assert refused.value.hint == "Type the text again without it."


def test_workflows_and_project_files_are_refused_with_the_place(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_workflow(cast.alice, "w", '{"name": "a\u202eb", "steps": [{"id": "a", "wait": "1s"}]}')
    assert "U+202E" in str(getattr(refused.value, "problems", ""))
    (tmp_path / "project.toml").write_text('[project]\nname = "p"\ntitle = "a\u202eb"\n')
    with pytest.raises(InvalidInput) as wrong:
        read_project_file(tmp_path)
    assert "U+202E" in str(getattr(wrong.value, "problems", ""))


def test_line_breaks_stay_in_descriptions_and_letters_of_every_script_in_names(cast: Cast) -> None:
    _change_project(cast, name="مشروع פרויקט नमस्ते👩\u200d💻", description="one\n\ttwo")


def test_a_name_comes_back_at_its_field(cast: Cast) -> None:
    answer = cast.client(cast.alice).post("/settings/organization", {"name": TURNED})
    assert answer.status_code == 400
    assert "U+202E" in answer.content.decode()
