from __future__ import annotations

from pathlib import Path

from command_process import Tropeiro


def test_a_new_project_can_be_applied_and_a_second_time_nothing_changes(installation: Tropeiro, tmp_path: Path) -> None:
    folder = str(tmp_path / "my-project")
    assert installation("project", "init", folder).code == 0
    planned = installation("project", "apply", folder, "--dry-run", "--json").json
    assert (planned["applied"], planned["created"]) == (False, True)
    first = installation("project", "apply", folder, "--json").json
    assert first["created"] is True
    assert {change["name"] for change in first["changes"]} == {"greet", "welcome"}
    assert installation("project", "apply", folder).out == "Project my-project is up to date.\n"
    (row,) = [row for row in installation("project", "list", "--json").json if row["slug"] == "my-project"]
    assert (row["services"], row["automations"]) == (1, 1)


def test_what_is_there_is_never_overwritten(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "services.py").write_text("mine")
    ended = tropeiro("project", "init", "mine", "--json")
    assert (ended.code, ended.error["code"]) == (2, "conflict")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["services.py"]


def test_a_folder_whose_name_cannot_be_a_projects_is_refused(tropeiro: Tropeiro) -> None:
    assert tropeiro("project", "init", "My Project").code == 2


def test_a_folder_without_a_project_file_is_refused(installation: Tropeiro, tmp_path: Path) -> None:
    ended = installation("project", "apply", str(tmp_path))
    assert ended.code == 2
    assert "project.toml" in ended.err


def test_every_problem_of_a_project_file_is_told(installation: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text('[project]\nname = "A"\nnmae = 1\n')
    ended = installation("project", "apply", str(tmp_path), "--json")
    assert ended.code == 2
    assert len(ended.error["problems"]) == 2


def test_a_service_that_cannot_be_loaded_is_told_without_a_traceback(installation: Tropeiro, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    installation("project", "init", str(folder))
    (folder / "services.py").write_text("import nothing_of_that_name\n")
    ended = installation("project", "apply", str(folder))
    assert ended.code == 2
    assert "nothing_of_that_name" in ended.err


def test_a_project_is_made_changed_archived_restored_and_deleted(installation: Tropeiro) -> None:
    assert installation("project", "create", "tools", "--title", "Tools").out == "Project tools was created.\n"
    assert installation("project", "change", "tools", "--to", "kit", "--title", "Kit").code == 0
    assert installation("project", "archive", "kit").code == 0
    archived = installation("project", "list", "--archived", "--json").json
    assert [(row["slug"], row["name"]) for row in archived] == [("kit", "Kit")]
    assert installation("project", "restore", "kit").code == 0
    asked = installation("project", "delete", "kit")
    assert "--confirm kit" in asked.out
    assert installation("project", "delete", "kit", "--confirm", "kit").out == "Project kit was deleted.\n"
    assert installation("project", "archive", "kit", "--json").error["code"] == "not_found"
