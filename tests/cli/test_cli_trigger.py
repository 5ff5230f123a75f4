from __future__ import annotations

import pytest
from command_process import Tropeiro


def test_a_trigger_is_made_shown_turned_off_and_on_run_and_deleted(installation: Tropeiro) -> None:
    made = installation(
        "trigger", "create", "hourly", "core/set", "--cron", "5 * * * *", "--zone", "America/Sao_Paulo",
        "--inputs", '{"x": 1}', "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert (made.json["name"], made.json["target"], made.json["enabled"]) == ("hourly", "core/set", True)
    (row,) = installation("trigger", "list", "--json").json
    assert row["next_at"] == made.json["next_at"]
    assert "5 * * * * (America/Sao_Paulo)" in installation("trigger", "list").out

    assert installation("trigger", "disable", "hourly").code == 0
    assert installation("trigger", "show", "hourly", "--json").json["coming"] == []
    assert installation("trigger", "disable", "hourly", "--json").error["code"] == "conflict"
    assert installation("trigger", "enable", "hourly").code == 0

    job = installation("trigger", "run", "hourly", "--json").json["job"]
    shown = installation("trigger", "show", "hourly", "--json").json
    assert len(shown["coming"]) == 5
    assert [(one["job"], one["by_hand"], one["outcome"]) for one in shown["firings"]] == [(job, True, "started")]
    assert job in installation("trigger", "show", "hourly").out
    assert installation("job", "show", job, "--json").json["name"] == "core/set@1"

    assert installation("trigger", "delete", "hourly").code == 0
    assert installation("trigger", "show", "hourly").code == 2
    assert installation("trigger", "list").out.startswith("There is no trigger.")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cron", "5 * * *"], "five"),
        (["--cron", "5 * * * *", "--every", "1m"], "either"),
        ([], "either"),
        (["--every", "soon"], "--every"),
        (["--every", "1m", "--zone", "Mars"], "time zone"),
        (["--every", "1m", "--start", "tomorrow"], "--start"),
        (["--every", "1m", "--catch-up", "all"], "queue"),
        (["--every", "1m", "--inputs", "[1]"], "object"),
    ],
)
def test_a_trigger_that_cannot_work_is_refused_with_what_to_do(
    installation: Tropeiro, options: list[str], said: str
) -> None:
    ended = installation("trigger", "create", "t", "core/set", *options)
    assert ended.code == 2
    assert said in ended.err


def test_a_start_is_read_by_the_clock_of_the_zone(installation: Tropeiro) -> None:
    made = installation(
        "trigger", "create", "later", "core/set", "--every", "1d", "--zone", "America/New_York",
        "--start", "2099-07-01T08:00", "--json",
    )  # fmt: skip
    assert made.json["next_at"] == "2099-07-01T12:00:00Z"
