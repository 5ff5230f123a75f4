from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.supervisor import Child, Supervisor

_POLITE = """
import signal, sys
from tropeiro.platform.child import announce_ready
def leave(*_):
    print("drained", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
announce_ready()
while True:
    signal.pause()
"""
_WAITING = """
import os, signal, sys
from tropeiro.platform.child import announce_ready, await_start
print("loaded", os.environ.get("PLACE", "nowhere"), flush=True)
await_start()
print("started", os.environ["PLACE"], flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
announce_ready()
while True:
    signal.pause()
"""
_DEAF = """
import signal
from tropeiro.platform.child import announce_ready
signal.signal(signal.SIGTERM, signal.SIG_IGN)
announce_ready()
while True:
    signal.pause()
"""
_PARENT = """
import signal, subprocess, sys
from tropeiro.platform.child import announce_ready
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
grandchild = subprocess.Popen([sys.executable, "-c", deaf])
print("grandchild", grandchild.pid, flush=True)
announce_ready()
while True:
    signal.pause()
"""


class Bench:
    """A folder of child modules, and what the supervisor said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.heard = asyncio.Event()

    def child(self, name: str, code: str, *, stage: int = 0, drain_seconds: float = 10.0, **times: float) -> Child:
        (self.folder / f"{name}.py").write_text(textwrap.dedent(code))
        return Child(
            name=name,
            module=name,
            environ={"PYTHONPATH": str(self.folder)},
            stage=stage,
            drain_seconds=drain_seconds,
            **times,
        )

    def supervisor(self, *children: Child) -> Supervisor:
        return Supervisor(children, logs=self.folder, say=self._say)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _say(self, text: str) -> None:
        self.said.append(text)
        self.heard.set()


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def _all_gone(*pids: int) -> bool:
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 10)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


async def test_children_start_stage_after_stage_and_are_drained_in_reverse(bench: Bench) -> None:
    order = bench.folder / "order"
    code = f"""
    import signal, sys
    from tropeiro.platform.child import announce_ready
    def note(text):
        with open({str(order)!r}, "a") as file:
            file.write(text + "\\n")
    def leave(*_):
        note("{{name}} left")
        sys.exit(0)
    signal.signal(signal.SIGTERM, leave)
    note("{{name}} came")
    announce_ready()
    while True:
        signal.pause()
    """
    supervisor = bench.supervisor(
        bench.child("second", code.replace("{name}", "second"), stage=1),
        bench.child("first", code.replace("{name}", "first"), stage=0),
    )
    await supervisor.start()
    await supervisor.stop()
    assert order.read_text().split("\n") == ["first came", "second came", "second left", "first left", ""]


async def test_children_load_before_what_they_depend_on_is_known_and_start_when_it_is(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("waiting", _WAITING))
    await supervisor.load()
    pid = supervisor.processes()["waiting"]
    async with asyncio.timeout(20):
        while bench.log("waiting") != "loaded nowhere\n":
            await asyncio.sleep(0.02)
    await supervisor.start({"PLACE": "here"})
    assert supervisor.processes()["waiting"] == pid
    assert bench.log("waiting") == "loaded nowhere\nstarted here\n"
    watch = asyncio.create_task(supervisor.watch())
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while len(bench.said) < 2:
            await bench.heard.wait()
            bench.heard.clear()
    await supervisor.stop()
    await watch
    assert bench.log("waiting").endswith("loaded here\nstarted here\n")


async def test_children_that_wait_for_their_start_end_when_there_is_none(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("waiting", _WAITING))
    await supervisor.load()
    pid = supervisor.processes()["waiting"]
    await supervisor.stop()
    assert await _all_gone(pid)


async def test_what_a_child_prints_is_in_its_log(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("polite", _POLITE))
    await supervisor.start()
    await supervisor.stop()
    assert bench.log("polite") == "drained\n"


async def test_a_child_that_ends_before_it_is_ready_is_an_error_with_its_last_line(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("broken", "import sys\nsys.exit('no such thing as a worker')"))
    with pytest.raises(PlatformUnavailable) as caught:
        await supervisor.start()
    await supervisor.stop()
    assert caught.value.message == "broken ended with status 1 before it was ready: no such thing as a worker"
    assert str(bench.folder / "broken.log") in caught.value.hint


async def test_a_child_that_is_never_ready_is_an_error_and_does_not_stay(bench: Bench) -> None:
    child = bench.child("idle", "import signal\nwhile True:\n    signal.pause()", ready_seconds=0.5)
    supervisor = bench.supervisor(child)
    with pytest.raises(PlatformUnavailable, match="not ready after 0 s"):
        await supervisor.start()
    pid = supervisor.processes()["idle"]
    await supervisor.stop()
    assert await _all_gone(pid)


async def test_a_crashed_child_is_started_again_and_it_is_said(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("polite", _POLITE))
    await supervisor.start()
    watch = asyncio.create_task(supervisor.watch())
    first = supervisor.processes()["polite"]
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while len(bench.said) < 2:
            await bench.heard.wait()
            bench.heard.clear()
    assert bench.said[0].startswith("polite ended by signal SIGKILL; it is started again in 0.5 s.")
    assert bench.said[1] == "polite is ready again."
    assert supervisor.processes()["polite"] != first
    await supervisor.stop()
    await watch


async def test_a_child_that_crashes_again_and_again_is_given_more_and_more_time(bench: Bench) -> None:
    seen = bench.folder / "seen"
    code = f"""
    import pathlib, signal, sys
    from tropeiro.platform.child import announce_ready
    if pathlib.Path({str(seen)!r}).exists():
        sys.exit("broken now")
    pathlib.Path({str(seen)!r}).touch()
    announce_ready()
    """
    supervisor = bench.supervisor(bench.child("flaky", code))
    await supervisor.start()
    watch = asyncio.create_task(supervisor.watch())
    async with asyncio.timeout(30):
        while len([line for line in bench.said if "started again" in line]) < 3:
            await bench.heard.wait()
            bench.heard.clear()
    delays = [line.partition("again in ")[2].partition(" s")[0] for line in bench.said if "started again" in line]
    assert delays == ["0.5", "1.0", "2.0"]
    assert any("broken now" in line for line in bench.said)
    await supervisor.stop()
    await watch


async def test_a_child_that_does_not_drain_in_its_time_is_killed_and_it_is_said(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("deaf", _DEAF, drain_seconds=0.3))
    await supervisor.start()
    pid = supervisor.processes()["deaf"]
    await supervisor.stop()
    assert bench.said == ["deaf did not drain in 0 s and was killed."]
    assert await _all_gone(pid)


async def test_what_a_child_started_ends_with_it(bench: Bench) -> None:
    supervisor = bench.supervisor(bench.child("parent", _PARENT))
    await supervisor.start()
    grandchild = int(bench.log("parent").split()[1])
    assert psutil.pid_exists(grandchild)
    await supervisor.stop()
    assert await _all_gone(grandchild)


async def test_children_end_when_the_supervisor_itself_is_killed(bench: Bench) -> None:
    bench.child("polite", _POLITE)
    script = f"""
    import asyncio
    from pathlib import Path
    from tropeiro.platform.supervisor import Child, Supervisor
    async def main():
        folder = Path({str(bench.folder)!r})
        child = Child(name="polite", module="polite", environ={{"PYTHONPATH": str(folder)}})
        supervisor = Supervisor([child], logs=folder, say=print)
        await supervisor.start()
        print(supervisor.processes()["polite"], flush=True)
        await supervisor.watch()
    asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(await asyncio.to_thread(process.stdout.readline))
        process.kill()
    assert await _all_gone(pid)
    assert bench.log("polite") == "drained\n"


async def test_a_log_that_grew_too_long_is_set_aside(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tropeiro.platform.supervisor.LOG_BYTES", 10)
    (bench.folder / "polite.log").write_text("a long story\n")
    supervisor = bench.supervisor(bench.child("polite", _POLITE))
    await supervisor.start()
    await supervisor.stop()
    assert (bench.folder / "polite.log.1").read_text() == "a long story\n"
    assert bench.log("polite") == "drained\n"
