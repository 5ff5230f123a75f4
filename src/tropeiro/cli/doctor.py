"""``tropeiro doctor``: the surroundings, check by check, with what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import typer

from tropeiro.cli.exits import ExitCode
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.config import Config, load
from tropeiro.kernel.errors import TropeiroError
from tropeiro.platform import data_folder, database, surroundings
from tropeiro.platform.server_check import server_facts
from tropeiro.platform.surroundings import Finding, Level, failed
from tropeiro.web import setup

app = typer.Typer(add_completion=False)

_MARKS = {Level.OK: "ok  ", Level.WARN: "warn", Level.FAIL: "FAIL"}


@app.command()
def doctor(json: Json = False) -> None:
    """Check the surroundings: interpreter, packages, data folder, database, port, workers, blob store."""
    findings: list[Finding] = []
    for finding in _findings():
        findings.append(finding)
        if not json:
            print_line(f"{_MARKS[finding.level]}  {finding.check:<12} {finding.found}")
            if finding.todo:
                print_line(f"{'':<19}{finding.todo}")
    failures = [finding for finding in findings if finding.level is Level.FAIL]
    shown = {"ok": not failures, "findings": findings}
    print_result(shown, json=json, people=lambda: print_line(_sum(findings)))
    raise typer.Exit(ExitCode.PLATFORM if failures else ExitCode.SUCCEEDED)


def _findings() -> Iterator[Finding]:
    yield surroundings.python()
    yield from surroundings.packages()
    try:
        config = load(os.environ)
        data_folder.prepare(config.data, least_free=0)
        config = data_folder.with_secrets(config)
    except TropeiroError as problem:
        yield failed("data folder", problem)
        return
    yield Finding("data folder", Level.OK, str(config.data))
    yield surroundings.disk(config)
    yield surroundings.port(config)
    yield surroundings.blobs(config)
    with ExitStack() as stack:
        try:
            if config.embedded:
                url = stack.enter_context(database.running(config.data))
                facts = server_facts(url)
            else:
                url = config.database_url
                facts = server_facts(url)
        except TropeiroError as problem:
            yield failed("database", problem)
            return
        embedded, config = config.embedded, replace(config, database_url=url)
        yield from surroundings.server(config, facts, embedded=embedded)
        yield from _tables(config, embedded=embedded)


def _tables(config: Config, *, embedded: bool) -> Iterator[Finding]:
    setup.configure(config)
    if setup.pending_migrations():
        if embedded:
            yield Finding("migrations", Level.WARN, "not applied yet", "The next start applies them.")
        else:
            yield Finding("migrations", Level.FAIL, "not applied yet", "Run: tropeiro migrate")
        return
    yield Finding("migrations", Level.OK, "all applied")
    yield surroundings.workers(config)


def _sum(findings: list[Finding]) -> str:
    failures, warnings = (sum(finding.level is level for finding in findings) for level in (Level.FAIL, Level.WARN))
    return f"{len(findings)} checks: {failures} failed, {warnings} to look at."
