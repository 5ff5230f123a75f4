from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from command_process import Tropeiro, command_environ

ASKING = """[{"id": "ask", "approval": {"title": "Shall we?", "form": {"type": "object", "required": ["ok"]}}}]"""


class Up:
    """A running ``tropeiro up``."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tropeiro.cli.main", "up", "--json", "--workers", "1", *options],
            env=command_environ(folder, TROPEIRO_PORT="0", **environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        self.family: list[psutil.Process] = []

    def until(self, event: str) -> dict[str, Any]:
        """Read on until this event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["event"] == event:
                self.family = psutil.Process(self.process.pid).children(recursive=True)
                return told
        assert self.process.stderr is not None
        raise AssertionError(f"it ended before it told {event!r}: {self.process.stderr.read()}")

    def end(self, with_signal: signal.Signals = signal.SIGINT) -> tuple[int, list[psutil.Process]]:
        """Its exit code, and what it left behind."""
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=60)
        _, alive = psutil.wait_procs(self.family, timeout=10)
        left = [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        return self.process.returncode, left


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Start one; it is ended after the test if the test did not."""
    running: list[Up] = []

    def start(*options: str, **environ: str) -> Up:
        running.append(Up(tmp_path, *options, **environ))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.end()


def status_of(url: str) -> int:
    """What a GET is answered with."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_ctrl_c_drains_and_leaves_nothing_behind_and_the_data_is_there_at_the_next_start(
    up: Callable[..., Up], tropeiro: Tropeiro
) -> None:
    first = up()
    url = first.until("up")["url"]
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
    job = tropeiro("run", "-", "--json", "--quiet", stdin='[{"id": "a", "uses": "core/set@1", "with": {"n": 1}}]').json
    assert job["output"] == {"n": 1}
    assert first.end() == (0, [])

    second = up()
    second.until("up")
    assert [row["id"] for row in tropeiro("job", "list", "--json").json] == [job["job"]]
    assert second.end(signal.SIGTERM) == (0, [])


def test_while_it_is_up_other_commands_share_its_database_and_its_worker(
    up: Callable[..., Up], tropeiro: Tropeiro, tmp_path: Path
) -> None:
    one = up()
    url = one.until("up")["url"]
    assert "password" in one.until("welcome")["message"]

    second = tropeiro("up", "--json", TROPEIRO_PORT="0")
    assert second.code == 3
    assert f"process {one.process.pid}, {url}" in second.error["message"]

    doctor = tropeiro("doctor", "--json").json["findings"]
    assert {finding["check"]: finding["found"] for finding in doctor}["workers"] == "1 running"

    with subprocess.Popen(
        [sys.executable, "-m", "tropeiro.cli.main", "run", "-", "--json"],
        env=command_environ(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stdin is not None
        assert waiting.stderr is not None
        assert waiting.stdout is not None
        waiting.stdin.write(ASKING)
        waiting.stdin.close()
        assert any("waits for an answer" in line for line in waiting.stderr)
        job = tropeiro("job", "list", "--json").json[0]["id"]
        assert "Shall we?" in tropeiro("job", "show", job).out
        assert tropeiro("job", "answer", job, "--with", "{}").code == 2
        assert tropeiro("job", "answer", job, "--with", '{"ok": true}').code == 0
        assert json.loads(waiting.stdout.read())["output"] == {"ok": True}


def test_a_worker_that_is_killed_is_started_again_and_it_is_said(up: Callable[..., Up]) -> None:
    one = up()
    one.until("up")
    (worker,) = [process for process in one.family if process.cmdline()[-1] == "worker"]
    worker.kill()
    assert "worker-1 ended by signal SIGKILL" in one.until("child")["message"]
    assert one.until("child")["message"] == "worker-1 is ready again."
    assert one.end() == (0, [])


def test_an_embedded_database_that_is_killed_is_started_again_and_jobs_run_as_before(
    up: Callable[..., Up], tropeiro: Tropeiro, tmp_path: Path
) -> None:
    one = up()
    url = one.until("up")["url"]
    folder = tmp_path / "data" / "postgres"
    server = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    server.kill()
    while "is up again" not in one.until("database")["message"]:
        pass
    assert int((folder / "postmaster.pid").read_text().split()[0]) != server.pid
    # The worker that is there already does it, as soon as it has connected again.
    job = tropeiro("run", "-", "--json", "--quiet", stdin='[{"id": "a", "uses": "core/set@1", "with": {"n": 1}}]').json
    assert job["output"] == {"n": 1}
    # One request may meet a connection of before; it is told to come back, and the next meets none.
    assert status_of(f"{url}/login") in (200, 503)
    assert [status_of(f"{url}/login") for _ in range(5)] == [200] * 5
    assert one.end() == (0, [])


def test_when_it_is_killed_itself_its_children_end_and_the_next_start_finds_everything(up: Callable[..., Up]) -> None:
    one = up()
    one.until("up")
    children = [process for process in one.family if process.name() != "postgres"]
    one.process.send_signal(signal.SIGKILL)
    one.process.communicate()
    assert psutil.wait_procs(children, timeout=30)[1] == []
    again = up()
    again.until("up")
    assert again.end() == (0, [])


def test_a_port_in_use_is_code_3_with_the_port_and_how_to_change_it(tropeiro: Tropeiro) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = tropeiro("up", TROPEIRO_PORT=str(port))
    assert ended.code == 3
    assert f"Port {port} on 127.0.0.1 is in use by another program." in ended.err
    assert "TROPEIRO_PORT=" in ended.err


def test_a_data_folder_of_another_version_is_code_3(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "format").write_text("99\n")
    ended = tropeiro("up", TROPEIRO_PORT="0")
    assert ended.code == 3
    assert "has format '99'" in ended.err
    assert "TROPEIRO_DATA" in ended.err


def test_a_database_of_another_postgresql_is_code_3(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    (tmp_path / "data" / "format").write_text("1\n")
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("17\n")
    ended = tropeiro("up", TROPEIRO_PORT="0")
    assert ended.code == 3
    assert "made by PostgreSQL 17" in ended.err


def test_a_data_folder_that_cannot_be_made_is_code_3(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = tropeiro("up", TROPEIRO_PORT="0", TROPEIRO_DATA=str(tmp_path / "file" / "data"))
    assert ended.code == 3
    assert "cannot be used: Not a directory" in ended.err
    assert "TROPEIRO_DATA" in ended.err
