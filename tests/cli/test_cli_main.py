from __future__ import annotations

import subprocess
import sys

import pytest
from command_process import Tropeiro

from tropeiro.cli.main import COMMANDS


def test_help_names_every_command_and_the_exit_codes(tropeiro: Tropeiro) -> None:
    ended = tropeiro("--help")
    assert ended.code == 0
    assert all(name in ended.out for name in COMMANDS)
    assert "3 the platform cannot start" in ended.out


def test_without_arguments_the_help_is_shown(tropeiro: Tropeiro) -> None:
    assert tropeiro().out == tropeiro("--help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(tropeiro: Tropeiro, command: str) -> None:
    ended = tropeiro(command, "--help")
    assert ended.code == 0
    assert f"tropeiro {command}" in ended.out


def test_an_unknown_command_is_bad_usage_and_the_nearest_is_named(tropeiro: Tropeiro) -> None:
    ended = tropeiro("validat")
    assert ended.code == 2
    assert "No such command 'validat'. Did you mean 'validate'?" in ended.err


def test_bad_usage_with_json_is_one_object(tropeiro: Tropeiro) -> None:
    ended = tropeiro("validate", "--nonsense", "--json")
    assert ended.code == 2
    assert ended.error["code"] == "usage"
    assert "--nonsense" in ended.error["message"]


def test_the_version_is_the_packages(tropeiro: Tropeiro) -> None:
    assert tropeiro("--version").out.startswith("tropeiro 0.")


def test_a_variable_that_cannot_be_used_is_told_with_what_to_do(tropeiro: Tropeiro) -> None:
    ended = tropeiro("job", "list", "--json", TROPEIRO_PORT="eighty")
    assert ended.code == 2
    assert ended.error["code"] == "config_invalid"
    assert ended.error["details"] == {"variable": "TROPEIRO_PORT"}
    assert ended.error["hint"]


def test_a_database_that_cannot_be_reached_is_code_3_without_the_password(tropeiro: Tropeiro) -> None:
    ended = tropeiro("job", "list", DATABASE_URL="postgresql://someone:hidden@127.0.0.1:1/none")
    assert ended.code == 3
    assert "127.0.0.1:1/none cannot be reached" in ended.err
    assert "hidden" not in ended.err


def test_a_reader_that_leaves_early_is_no_error(tropeiro: Tropeiro) -> None:
    done = subprocess.run(
        f"{sys.executable} -m tropeiro.cli.main --help | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
