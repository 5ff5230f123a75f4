"""``project.toml``: what a project's folder says about itself.

::

    [project]
    name = "google-analytics"
    title = "Google Analytics"
    requires = ["google-analytics-data>=0.23"]

    [[services]]
    name = "enrich"
    kind = "http"
    url = "https://example.com/enrich"

    [automations.report]
    workflow = "workflows/report.json"
    public = true
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from tropeiro.kernel.errors import InvalidInput, NotFound, Problem
from tropeiro.kernel.problems import Findings, shown
from tropeiro.kernel.schema import problems
from tropeiro.kernel.service_ref import SERVICE_NAME, SLUG
from tropeiro.ports.executor import HttpEndpoint
from tropeiro.sdk.toml_table import Table

FILE_NAME = "project.toml"
_METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")
_NAME_RULE = "It starts with a small letter; then small letters, digits and hyphens."
_DEFAULT_TIMEOUT_MS = 300_000
_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpService:
    """A service without code: an endpoint elsewhere."""

    name: str
    version: int
    title: str
    description: str
    endpoint: HttpEndpoint
    input_schema: dict[str, Any] | None
    output_schema: dict[str, Any] | None
    timeout_ms: int
    retries: int
    """Further tries after a retryable failure."""
    idempotent: bool
    pure: bool
    public: bool
    credential: str | None
    """Type of the credential that it needs, for its documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationEntry:
    """A workflow that the project publishes as a service."""

    name: str
    workflow: str
    """Path of its document below the project's folder, with ``/``."""
    version: int
    title: str
    description: str
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """A whole ``project.toml``."""

    name: str
    title: str
    description: str
    requires: tuple[str, ...]
    """Python distributions that its services import, as requirements (PEP 508)."""
    services: tuple[HttpService, ...]
    automations: tuple[AutomationEntry, ...]


class ProjectFileInvalid(InvalidInput):
    """The project file has problems."""

    code = "project_file_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{FILE_NAME}{first.pointer}: {first.message}{more}", hint=first.hint)


def read_project_file(folder: Path) -> ProjectFile:
    """The project file of ``folder``, whose workflows must exist.

    Raises `NotFound` without a ``project.toml``, and `ProjectFileInvalid` with every problem.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise NotFound(f"There is no {FILE_NAME} in {folder}", hint="`tropeiro project init DIR` makes one.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProjectFileInvalid((Problem("not_utf8", "", f"the file is not UTF-8: {error}"),)) from error
    project = parse_project_file(text)
    absent = tuple(
        Problem(
            "no_such_file",
            f"/automations/{automation.name}/workflow",
            f"there is no file {shown(automation.workflow)} in {folder}",
            "Write the path of the workflow's document from the project's folder.",
        )
        for automation in project.automations
        if not (folder / automation.workflow).is_file()
    )
    if absent:
        raise ProjectFileInvalid(absent)
    return project


def parse_project_file(text: str) -> ProjectFile:
    """Read the text of a project file. Raises `ProjectFileInvalid` with every problem, each naming its key."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectFileInvalid((_syntax(error),)) from error
    findings = Findings()
    top = Table(values, "", findings)
    head = top.table("project")
    if head is None and not top.has("project"):
        top.refuse("project", "missing_key", "is missing", "Begin the file with [project] and its name.")
    name, title, description, requires = _head(head) if head else ("", "", "", ())
    services = tuple(_http_service(table) for table in top.tables("services"))
    automations = _automations(top)
    _check_names(services, automations, findings)
    top.close()
    if len(findings):
        raise ProjectFileInvalid(findings.problems())
    return ProjectFile(
        name=name, title=title, description=description, requires=requires, services=services, automations=automations
    )


def missing_requirements(project: ProjectFile) -> tuple[str, ...]:
    """Those of the project's requirements that this Python environment does not meet, each with what is there."""
    missing = []
    for text in project.requires:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(f"{text} (not installed)")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{text} ({version} is installed)")
    return tuple(missing)


def _syntax(error: tomllib.TOMLDecodeError) -> Problem:
    place = _LINE.search(str(error))
    line, column = (int(place[1]), int(place[2])) if place else (0, 0)
    return Problem("not_toml", "", f"the file is not TOML: {error}", line=line, column=column)


def _head(table: Table) -> tuple[str, str, str, tuple[str, ...]]:
    name = table.matching("name", re.compile(SLUG), _NAME_RULE, '"google-analytics"')
    title = table.text("title") or _title(name)
    description = table.text("description")
    requires = table.texts("requires")
    for text in requires:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            table.refuse(
                "requires",
                "bad_requirement",
                f"holds {shown(text)}, which is no requirement: {str(error).splitlines()[0]}",
                'Write a distribution\'s name and versions, for example "httpx>=0.28".',
            )
    table.close()
    return name, title, description, requires


def _http_service(table: Table) -> HttpService:
    name = table.matching("name", re.compile(SERVICE_NAME), _NAME_RULE, '"enrich"')
    kind = table.required("kind", '"http"')
    if kind and kind != "http":
        table.refuse("kind", "unknown_kind", f"cannot be {shown(kind)}", 'Only kind = "http" is declared here.')
    service = HttpService(
        name=name,
        version=table.integer("version", 1, 1, 999_999_999),
        title=table.text("title") or _title(name),
        description=table.text("description"),
        endpoint=_endpoint(table),
        input_schema=_schema(table, "input_schema"),
        output_schema=_schema(table, "output_schema"),
        timeout_ms=table.duration("timeout", _DEFAULT_TIMEOUT_MS),
        retries=table.integer("retries", 0, 0, 100),
        idempotent=table.flag("idempotent", True),
        pure=table.flag("pure", False),
        public=table.flag("public", False),
        credential=table.text("credential") or None,
    )
    table.close()
    return service


def _endpoint(table: Table) -> HttpEndpoint:
    url = table.required("url", '"https://example.com/enrich"')
    if url and not _is_web_address(url):
        table.refuse("url", "bad_url", f"cannot be {shown(url)}", "Write a whole address: https://host/path.")
    method = table.text("method", "POST")
    if method not in _METHODS:
        table.refuse("method", "bad_method", f"cannot be {shown(method)}", f"One of {', '.join(_METHODS)}.")
    headers = table.mapping("headers") or {}
    if not all(isinstance(value, str) for value in headers.values()):
        table.refuse("headers", "wrong_type", "must hold texts", 'Write headers = {"X-Source" = "tropeiro"}.')
        headers = {}
    return HttpEndpoint(
        url=url,
        method=method,
        headers=headers,
        signing_credential=table.text("signing_credential") or None,
        callback=table.flag("callback", False),
    )


def _schema(table: Table, key: str) -> dict[str, Any] | None:
    schema = table.mapping(key)
    for problem in problems(schema) if schema is not None else ():
        table.refuse(key, problem.code, f"is no usable JSON Schema at `{problem.pointer or '/'}`: {problem.message}")
    return schema


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _automations(top: Table) -> tuple[AutomationEntry, ...]:
    tables = top.table("automations")
    if tables is None:
        return ()
    entries = []
    for name in tables.keys():  # noqa: SIM118 -- a Table is no dict
        table = tables.table(name)
        if not re.fullmatch(SERVICE_NAME, name):
            tables.refuse(name, "bad_name", "cannot be an automation's name", _NAME_RULE)
        if table is not None:
            entries.append(_automation(name, table))
    return tuple(entries)


def _automation(name: str, table: Table) -> AutomationEntry:
    workflow = table.required("workflow", f'"workflows/{name}.json"')
    path = PurePosixPath(workflow)
    if path.is_absolute() or ".." in path.parts or "\\" in workflow:
        table.refuse("workflow", "outside", f"{shown(workflow)} is not inside the project's folder", "Use `/`.")
    entry = AutomationEntry(
        name=name,
        workflow=workflow,
        version=table.integer("version", 1, 1, 999_999_999),
        title=table.text("title") or _title(name),
        description=table.text("description"),
        public=table.flag("public", False),
    )
    table.close()
    return entry


def _check_names(
    services: tuple[HttpService, ...], automations: tuple[AutomationEntry, ...], findings: Findings
) -> None:
    seen: dict[str, str] = {}
    places = [(service.name, f"/services/{place}/name") for place, service in enumerate(services)]
    places += [(automation.name, f"/automations/{automation.name}") for automation in automations]
    for name, pointer in places:
        if name and name in seen:
            findings.add(
                "twice", pointer, f"the name {shown(name)} is used twice", f"Also at {seen[name]}. Rename one."
            )
        seen.setdefault(name, pointer)


def _title(name: str) -> str:
    return re.sub(r"[-_]+", " ", name).strip().capitalize()
