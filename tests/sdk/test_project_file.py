"""project.toml: what it says, and every way to say it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tropeiro.kernel.errors import NotFound
from tropeiro.ports.executor import HttpEndpoint
from tropeiro.sdk.project_file import (
    AutomationEntry,
    ProjectFileInvalid,
    missing_requirements,
    parse_project_file,
    read_project_file,
)

HEAD = '[project]\nname = "shop"\n'
WHOLE = """
[project]
name = "google-analytics"
title = "Google Analytics"
description = "Reports"
requires = ["google-analytics-data>=0.23"]

[[services]]
name = "enrich"
kind = "http"
url = "https://example.com/enrich"
method = "PUT"
headers = { X-Source = "tropeiro" }
signing_credential = "partner"
callback = true
version = 2
title = "Enrich"
timeout = "30s"
retries = 2
idempotent = false
public = true
credential = "partner"
input_schema = { type = "object" }

[automations.report]
workflow = "workflows/report.json"
public = true
title = "The report"
description = "All rows"
"""


def test_a_whole_file_is_read() -> None:
    project = parse_project_file(WHOLE)
    assert (project.name, project.title, project.description) == ("google-analytics", "Google Analytics", "Reports")
    assert project.requires == ("google-analytics-data>=0.23",)
    (enrich,) = project.services
    assert enrich.endpoint == HttpEndpoint(
        url="https://example.com/enrich",
        method="PUT",
        headers={"X-Source": "tropeiro"},
        signing_credential="partner",
        callback=True,
    )
    assert (enrich.name, enrich.version, enrich.title, enrich.timeout_ms, enrich.retries) == (
        "enrich",
        2,
        "Enrich",
        30_000,
        2,
    )
    assert (enrich.idempotent, enrich.public, enrich.credential) == (False, True, "partner")
    assert (enrich.input_schema, enrich.output_schema) == ({"type": "object"}, None)
    assert project.automations == (
        AutomationEntry(
            name="report",
            workflow="workflows/report.json",
            version=1,
            title="The report",
            description="All rows",
            public=True,
        ),
    )


def test_a_name_is_enough() -> None:
    project = parse_project_file(HEAD)
    assert (project.name, project.title, project.services, project.automations) == ("shop", "Shop", (), ())


@pytest.mark.parametrize(
    ("text", "pointer", "message", "hint"),
    [
        ("", "/project", "`project` is missing", "[project]"),
        ("project = 3", "/project", "must be a table, not a number", ""),
        ("[project]", "/project/name", "`name` is missing", 'name = "google-analytics"'),
        ('[project]\nname = "My Shop"', "/project/name", "`name` cannot be `My Shop`", "small letter"),
        ("[project]\nname = 3", "/project/name", "`name` must be text, not a number", ""),
        (HEAD + 'titel = "x"', "/project/titel", "`titel` is not known here", "Did you mean `title`?"),
        (HEAD + "requires = [1]", "/project/requires", "must be a list of texts", ""),
        (HEAD + 'requires = ["a b c"]', "/project/requires", "is no requirement", "httpx>=0.28"),
        (HEAD + "[automation.x]", "/automation", "`automation` is not known here", "Did you mean `automations`?"),
        (HEAD + "[automations.x]", "/automations/x/workflow", "`workflow` is missing", "workflows/x.json"),
        (HEAD + '[automations.x]\nworkflow = "../x.json"', "/automations/x/workflow", "not inside", ""),
        (HEAD + '[automations.X]\nworkflow = "x.json"', "/automations/X", "cannot be an automation's name", ""),
        (HEAD + '[automations]\nx = "x.json"', "/automations/x", "must be a table, not text", ""),
        (
            HEAD + '[automations.x]\nworkflow = "x"\npublic = "yes"',
            "/automations/x/public",
            "must be true or false",
            "",
        ),
        (HEAD + "[services]", "/services", "must be a list of tables, written as [[services]]", ""),
        (HEAD + '[[services]]\nname = "a"\nkind = "http"', "/services/0/url", "`url` is missing", "https://"),
        (
            HEAD + '[[services]]\nname = "a"\nkind = "grpc"\nurl = "http://x"',
            "/services/0/kind",
            "cannot be `grpc`",
            "",
        ),
        (
            HEAD + '[[services]]\nname = "a"\nkind = "http"\nurl = "ftp://x"',
            "/services/0/url",
            "cannot be `ftp://x`",
            "",
        ),
    ],
)
def test_every_mistake_is_named_with_its_key(text: str, pointer: str, message: str, hint: str) -> None:
    with pytest.raises(ProjectFileInvalid) as caught:
        parse_project_file(text)
    (problem,) = caught.value.problems
    assert problem.pointer == pointer
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('timeout = "soon"', "`timeout` cannot be read"),
        ('timeout = "0s"', "`timeout` must be more than zero"),
        ("version = 0", "`version` is 0"),
        ("retries = true", "`retries` must be a whole number, not true or false"),
        ('method = "BREW"', "`method` cannot be `BREW`"),
        ("headers = { a = 1 }", "`headers` must hold texts"),
        ('input_schema = { type = "objekt" }', "`input_schema` is no usable JSON Schema at `/type`"),
        ('urll = "x"', "`urll` is not known here"),
    ],
)
def test_every_mistake_in_a_service_is_named(line: str, message: str) -> None:
    with pytest.raises(ProjectFileInvalid) as caught:
        parse_project_file(f'{HEAD}[[services]]\nname = "a"\nkind = "http"\nurl = "https://x/y"\n{line}\n')
    (problem,) = caught.value.problems
    assert message in problem.message


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ProjectFileInvalid) as caught:
        parse_project_file('[project]\nname = 1\ntitle = 2\n[other]\n[automations.x]\n[[services]]\nname = "a"\n')
    assert {problem.pointer for problem in caught.value.problems} == {
        "/project/name",
        "/project/title",
        "/other",
        "/automations/x/workflow",
        "/services/0/kind",
        "/services/0/url",
    }
    assert "and 5 more" in caught.value.message


def test_a_name_belongs_to_one_service_or_automation() -> None:
    text = HEAD + '[[services]]\nname = "a"\nkind = "http"\nurl = "https://x"\n[automations.a]\nworkflow = "a.json"\n'
    with pytest.raises(ProjectFileInvalid, match="`a` is used twice"):
        parse_project_file(text)


def test_what_is_no_toml_is_refused_with_line_and_column() -> None:
    with pytest.raises(ProjectFileInvalid) as caught:
        parse_project_file("[project]\nname = shop\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("not_toml", 2)


def test_a_workflow_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text(HEAD + '[automations.x]\nworkflow = "workflows/x.json"\n')
    with pytest.raises(ProjectFileInvalid, match=r"there is no file `workflows/x\.json`"):
        read_project_file(tmp_path)
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows/x.json").write_text("[]")
    assert read_project_file(tmp_path).automations[0].workflow == "workflows/x.json"


def test_a_folder_without_a_project_file_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        read_project_file(tmp_path)
    assert "project init" in caught.value.hint


def test_missing_requirements_are_listed_with_what_is_there() -> None:
    requires = '["pydantic>=2", "pydantic>=99", "not-a-library-at-all", "absent; python_version < \'3\'"]'
    first, second = missing_requirements(parse_project_file(HEAD + f"requires = {requires}\n"))
    assert first.startswith("pydantic>=99 (2.")
    assert second == "not-a-library-at-all (not installed)"
