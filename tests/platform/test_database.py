from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import traceback
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform import data_folder, database

_NOBODY = 65534


@pytest.fixture
def data(run_folder: Path, request: pytest.FixtureRequest) -> Path:
    folder = run_folder / f"data-{os.getpid()}-{abs(hash(request.node.nodeid)) % 10**6}"
    data_folder.prepare(folder)
    return folder


def test_a_server_starts_answers_and_is_gone_afterwards(data: Path) -> None:
    with database.running(data) as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user::text, current_setting('server_version_num')::int").fetchone()
        assert row is not None
        assert row[0] == "tropeiro"
        assert row[1] // 10_000 == database.MAJOR
    assert not database.is_running(data)


def test_what_was_committed_is_there_after_a_restart(data: Path) -> None:
    with database.running(data) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    with database.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_its_role_is_no_superuser_so_that_row_level_security_binds_it(data: Path) -> None:
    with database.running(data) as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False, False)


def test_it_is_durable_and_listens_on_no_network_address(data: Path) -> None:
    with database.running(data) as url, psycopg.connect(url) as connection:
        for setting, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": ""}.items():
            assert connection.execute("SELECT current_setting(%s)", [setting]).fetchone() == (value,)


def test_the_server_stays_until_the_last_of_two_users_lets_go(data: Path) -> None:
    with database.running(data):
        with database.running(data) as second, psycopg.connect(second) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert database.is_running(data)
    assert not database.is_running(data)


def test_another_process_finds_the_running_server(data: Path) -> None:
    with database.running(data) as url:
        done = _python(
            f"""
            from pathlib import Path
            from tropeiro.platform import database
            with database.running(Path({str(data)!r})) as url:
                print(url)
            """
        )
        assert done.stdout.strip() == url, done.stderr
        assert database.is_running(data)


def test_a_server_whose_user_was_killed_is_stopped_by_the_next_one(data: Path) -> None:
    done = _python(
        f"""
        import os, signal
        from pathlib import Path
        from tropeiro.platform import database
        with database.running(Path({str(data)!r})):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert done.returncode == -signal.SIGKILL
    assert database.is_running(data)
    with database.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not database.is_running(data)


def test_a_server_that_was_killed_recovers_what_was_committed(data: Path) -> None:
    with database.running(data) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        pid = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
        family = [psutil.Process(pid), *psutil.Process(pid).children()]
        for process in family:
            # Without the first of them the others end by themselves, too.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
    assert (data / "postgres" / "postmaster.pid").exists()
    with database.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_stale_process_file_that_names_a_living_stranger_does_not_stop_the_start(data: Path) -> None:
    with database.running(data):
        pass
    stale = data / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{data / 'postgres'}\n1700000000\n5432\n{data / 'run'}\n\n  1 1\nready\n")
    assert not database.is_running(data)
    with database.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_cluster_of_another_major_version_is_refused_with_both_numbers(data: Path) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(PlatformUnavailable, match="made by PostgreSQL 16; this Tropeiro carries PostgreSQL 18"):
        database.running(data).__enter__()


def test_a_server_that_does_not_start_says_its_last_words(data: Path) -> None:
    with (
        pytest.raises(PlatformUnavailable, match=r"did not start: .*shared_buffers"),
        database.running(data, settings={"shared_buffers": "nonsense"}),
    ):
        pass
    assert not database.is_running(data)


def test_a_data_folder_with_a_long_path_gets_a_socket_elsewhere(data: Path) -> None:
    long = data / ("a" * 60) / ("b c'd" * 10)
    data_folder.prepare(long)
    with database.running(long) as url, psycopg.connect(url) as connection:
        socket = Path(connection.info.host)
        assert not socket.is_relative_to(data)
        assert socket.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_it_works_as_an_ordinary_user_too(run_folder: Path) -> None:
    folder = run_folder / "ordinary"
    folder.mkdir()
    os.chown(folder, _NOBODY, _NOBODY)
    run_folder.chmod(0o711)
    child = os.fork()
    if child == 0:
        os._exit(_serve_as_nobody(folder / "data"))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (folder / "data" / "postgres").stat().st_uid == _NOBODY


def _serve_as_nobody(data: Path) -> int:
    try:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        data_folder.prepare(data)
        with database.running(data) as url, psycopg.connect(url) as connection:
            return 0 if connection.execute("SELECT 1").fetchone() == (1,) else 1
    except (OSError, PlatformUnavailable, psycopg.Error):
        traceback.print_exc()
        return 2


def _python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
