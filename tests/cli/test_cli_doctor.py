from __future__ import annotations

import socket
from pathlib import Path

from command_process import Tropeiro


def _levels(findings: list[dict[str, str]]) -> dict[str, str]:
    return {finding["check"]: finding["level"] for finding in findings}


def test_on_a_fresh_machine_nothing_fails(tropeiro: Tropeiro) -> None:
    ended = tropeiro("doctor", "--json", TROPEIRO_PORT="0")
    assert ended.code == 0, ended.out
    levels = _levels(ended.json["findings"])
    assert levels["database"] == levels["durability"] == levels["blobs"] == levels["clock"] == "ok"
    assert levels["migrations"] == "warn"


def test_a_port_in_use_fails_with_the_way_to_change_it(tropeiro: Tropeiro) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = tropeiro("doctor", TROPEIRO_PORT=str(port))
    assert ended.code == 3
    assert f"Port {port} on 127.0.0.1 is in use" in ended.out
    assert "TROPEIRO_PORT=" in ended.out


def test_a_database_out_of_reach_fails_and_the_rest_is_still_checked(tropeiro: Tropeiro) -> None:
    ended = tropeiro("doctor", "--json", TROPEIRO_PORT="0", DATABASE_URL="postgresql://u:hidden@127.0.0.1:1/x")
    assert ended.code == 3
    levels = _levels(ended.json["findings"])
    assert levels["database"] == "fail"
    assert levels["blobs"] == "ok"
    assert "hidden" not in ended.out


def test_a_server_that_may_lose_what_it_accepted_fails(tropeiro: Tropeiro, empty_database_url: str) -> None:
    # The tests' own server runs without fsync.
    ended = tropeiro("doctor", "--json", TROPEIRO_PORT="0", DATABASE_URL=empty_database_url)
    (finding,) = [finding for finding in ended.json["findings"] if finding["check"] == "durability"]
    assert finding["level"] == "fail"
    assert "fsync is off" in finding["found"]
    assert ended.code == 3


def test_a_blob_store_that_cannot_be_written_fails(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = tropeiro("doctor", "--json", TROPEIRO_PORT="0", TROPEIRO_BLOBS=f"file://{tmp_path}/file/blobs")
    assert _levels(ended.json["findings"])["blobs"] == "fail"


def test_a_data_folder_of_another_version_fails(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "format").write_text("99\n")
    ended = tropeiro("doctor")
    assert ended.code == 3
    assert "has format '99'" in ended.out
