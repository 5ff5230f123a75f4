from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tropeiro.config import Config
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform import data_folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_keeps_others_out_of_secrets_blobs_and_logs(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    data_folder.prepare(data)
    assert _mode(data) == 0o711
    assert [_mode(data / name) for name in ("secrets", "blobs", "logs")] == [0o700] * 3
    assert (data / "format").read_text() == "1\n"


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    data_folder.prepare(tmp_path)
    (tmp_path / "blobs" / "kept").write_text("kept")
    data_folder.prepare(tmp_path)
    assert (tmp_path / "blobs" / "kept").read_text() == "kept"


def test_a_folder_of_another_format_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("99\n")
    with pytest.raises(PlatformUnavailable, match="has format '99'; this version of Tropeiro reads format 1") as caught:
        data_folder.prepare(tmp_path)
    assert "TROPEIRO_DATA" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["format"]


def test_a_database_without_a_format_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    with pytest.raises(PlatformUnavailable, match="no format number"):
        data_folder.prepare(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(PlatformUnavailable, match="cannot be used: File exists"):
        data_folder.prepare(tmp_path / "data")


def test_a_full_disk_is_told_with_the_numbers(tmp_path: Path) -> None:
    with pytest.raises(PlatformUnavailable, match=rf"MB free; {2**40} MB are needed"):
        data_folder.prepare(tmp_path, least_free=2**60)


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    data_folder.prepare(tmp_path)
    first = data_folder.with_secrets(Config(data=tmp_path))
    assert data_folder.with_secrets(Config(data=tmp_path)) == first
    assert len(first.secret_key) >= 50
    assert len(first.master_keys[0]) == 44
    assert [_mode(path) for path in (tmp_path / "secrets").iterdir()] == [0o600] * 2


def test_given_secrets_are_used_and_none_is_made(tmp_path: Path) -> None:
    data_folder.prepare(tmp_path)
    given = Config(data=tmp_path, secret_key="s" * 40, master_keys=("m",))
    assert data_folder.with_secrets(given) == given
    assert not list((tmp_path / "secrets").iterdir())


def test_many_that_come_at_once_get_the_same_secret(tmp_path: Path) -> None:
    made = iter(range(1_000))
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: data_folder.secret(tmp_path / "secret", lambda: f"n{next(made)}"), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_secret_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("text")
    path.chmod(0o644)
    with pytest.raises(PlatformUnavailable, match="mode 0644") as caught:
        data_folder.secret(path, lambda: "new")
    assert caught.value.hint == f"Run: chmod 600 {path}"


def test_an_empty_secret_is_refused_instead_of_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    with pytest.raises(PlatformUnavailable, match="is empty"):
        data_folder.secret(path, lambda: "new")


def test_a_second_up_is_refused_with_process_and_address_of_the_first(tmp_path: Path) -> None:
    data_folder.prepare(tmp_path)
    with data_folder.sole_up(tmp_path, "http://127.0.0.1:8420"):
        assert data_folder.running_up(tmp_path) == data_folder.Running(os.getpid(), "http://127.0.0.1:8420")
        with (
            pytest.raises(PlatformUnavailable, match=rf"process {os.getpid()}, http://127.0.0.1:8420"),
            data_folder.sole_up(tmp_path, "http://other"),
        ):
            pass
    assert data_folder.running_up(tmp_path) is None
    with data_folder.sole_up(tmp_path, "http://127.0.0.1:1"):
        pass


def test_a_folder_that_never_had_an_up_has_none(tmp_path: Path) -> None:
    assert data_folder.running_up(tmp_path) is None
