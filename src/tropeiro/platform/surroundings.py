"""Looks at the surroundings, one a function: what was found, whether it will do, and what to do when it will not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from importlib import metadata
from uuid import uuid4

import fsspec
import msgspec
from packaging.requirements import Requirement

from tropeiro.config import Config
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.data_folder import LEAST_FREE_BYTES, running_up
from tropeiro.platform.listening import listen
from tropeiro.platform.server_check import ServerFacts, place
from tropeiro.platform.workers_alive import workers_alive

LEAST_PYTHON = (3, 11)
COMFORTABLE_FREE_BYTES = 4 * LEAST_FREE_BYTES
LARGEST_CLOCK_DIFFERENCE = timedelta(seconds=2)
_DURABLE = {"fsync": "on", "full_page_writes": "on"}
_LEAST_CONNECTIONS = 50


class Level(StrEnum):
    """How good a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of `tropeiro doctor`."""

    check: str
    level: Level
    found: str
    todo: str = ""


def failed(check: str, error: Exception, todo: str = "") -> Finding:
    """The finding that an error makes."""
    return Finding(check, Level.FAIL, getattr(error, "message", str(error)), todo or getattr(error, "hint", ""))


def python() -> Finding:
    """The interpreter's version."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < LEAST_PYTHON:
        return Finding("python", Level.FAIL, f"Python {version}", "Install Python 3.11 or newer.")
    return Finding("python", Level.OK, f"Python {version}")


def packages() -> Iterator[Finding]:
    """Whether what Tropeiro requires is installed in versions that it accepts; one finding an optional extra."""
    problems = [text for requirement in _requirements("") for text in _problem(requirement)]
    if problems:
        yield Finding("packages", Level.FAIL, "; ".join(problems), "Run make setup, or pip install --upgrade tropeiro.")
    else:
        yield Finding("packages", Level.OK, f"tropeiro {metadata.version('tropeiro')} and all that it requires")
    for extra in metadata.metadata("tropeiro").get_all("Provides-Extra") or ():
        missing = [text for requirement in _requirements(extra) for text in _problem(requirement)]
        if missing:
            todo = f"To have it: pip install 'tropeiro[{extra}]'"
            yield Finding(f"extra {extra}", Level.WARN, "; ".join(missing), todo)
        else:
            yield Finding(f"extra {extra}", Level.OK, "installed")


def disk(config: Config) -> Finding:
    """Room in the data folder."""
    free = shutil.disk_usage(config.data).free
    found = f"{free / 2**30:.1f} GB free in {config.data}"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", Level.FAIL, found, "Free some space, or name a folder on another disk in TROPEIRO_DATA.")
    if free < COMFORTABLE_FREE_BYTES:
        return Finding("disk", Level.WARN, found, "It will be full soon. Free some space.")
    return Finding("disk", Level.OK, found)


def server(config: Config, facts: ServerFacts, *, embedded: bool) -> Iterator[Finding]:
    """The database server: version, durability, our role, its clock."""
    kind = "embedded" if embedded else f"at {place(config.database_url)}"
    yield Finding("database", Level.OK, f"PostgreSQL {facts.version}, {kind}")
    yield _durability(facts)
    connections = int(facts.settings["max_connections"])
    if connections < _LEAST_CONNECTIONS:
        yield Finding(
            "connections", Level.WARN, f"max_connections is {connections}", f"Set it to {_LEAST_CONNECTIONS} or more."
        )
    if facts.superuser:
        yield Finding(
            "role",
            Level.WARN,
            "the role of DATABASE_URL is above row-level security",
            "Use a role without SUPERUSER and BYPASSRLS.",
        )
    difference = abs(facts.clock_ahead)
    found = f"{difference.total_seconds():.2f} s from the database's"
    if difference > LARGEST_CLOCK_DIFFERENCE:
        todo = "Only the database's clock decides, but times will look odd. Set both with NTP."
        yield Finding("clock", Level.WARN, found, todo)
    else:
        yield Finding("clock", Level.OK, found)


def port(config: Config) -> Finding:
    """Whether the console's port is free, or ours."""
    if up := running_up(config.data):
        return Finding("port", Level.OK, f"Tropeiro is up at {up.url} (process {up.pid})")
    try:
        listen(config.host, config.port).close()
    except PlatformUnavailable as problem:
        return failed("port", problem)
    return Finding("port", Level.OK, f"{config.port} on {config.host} is free")


def blobs(config: Config) -> Finding:
    """Whether the blob store takes, gives and forgets."""
    name = f"{config.blobs}/doctor-{uuid4().hex}"
    try:
        store, path = fsspec.core.url_to_fs(name)
        store.makedirs(store._parent(path), exist_ok=True)
        store.pipe_file(path, b"tropeiro")
        kept = store.cat_file(path) == b"tropeiro"
        store.rm_file(path)
    # fsspec's file systems raise whatever their own clients raise; here all of it means the same.
    except Exception as problem:  # noqa: BLE001
        return failed("blobs", problem, f"Check TROPEIRO_BLOBS ({config.blobs}) and its credentials.")
    if not kept:
        return Finding("blobs", Level.FAIL, f"{config.blobs} gave back something else", "Check TROPEIRO_BLOBS.")
    return Finding("blobs", Level.OK, f"{config.blobs} can be written and read")


def workers(config: Config) -> Finding:
    """Whether anybody takes packets."""
    alive = workers_alive(config.database_url)
    if not alive:
        return Finding(
            "workers", Level.WARN, "none is running", "Jobs wait for one. Run: tropeiro up, or tropeiro worker"
        )
    return Finding("workers", Level.OK, f"{alive} running")


def _durability(facts: ServerFacts) -> Finding:
    wrong = [f"{name} is {facts.settings[name]}" for name, good in _DURABLE.items() if facts.settings[name] != good]
    if facts.settings["synchronous_commit"] == "off":
        wrong.append("synchronous_commit is off")
    if wrong:
        return Finding(
            "durability",
            Level.FAIL,
            ", ".join(wrong),
            "What was accepted could be lost in a power cut. Set them to on in postgresql.conf.",
        )
    return Finding("durability", Level.OK, "fsync, full_page_writes and synchronous_commit are on")


def _requirements(extra: str) -> Iterator[Requirement]:
    for line in metadata.requires("tropeiro") or ():
        requirement = Requirement(line)
        always = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if always if not extra else not always and requirement.marker and requirement.marker.evaluate({"extra": extra}):
            yield requirement


def _problem(requirement: Requirement) -> Iterator[str]:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        yield f"{requirement.name} is not installed"
        return
    if not requirement.specifier.contains(version, prereleases=True):
        yield f"{requirement.name} is {version}, {requirement.specifier} is needed"
