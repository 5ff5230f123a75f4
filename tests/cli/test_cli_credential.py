from __future__ import annotations

import json

from command_process import Tropeiro

SECRET = "hidden-value"


def test_a_value_goes_in_and_is_never_shown_again(installation: Tropeiro) -> None:
    stored = installation("credential", "set", "token", "--field", "secret", stdin=SECRET + "\n")
    listed = installation("credential", "list", "--json")
    assert stored.code == listed.code == 0, stored.err
    (row,) = listed.json
    assert (row["name"], row["fields"]) == ("token", ["secret"])
    assert SECRET not in stored.out + stored.err + listed.out + installation("credential", "list").out
    assert installation("credential", "delete", "token").code == 0
    assert installation("credential", "delete", "token").code == 2


def test_a_value_of_several_fields_is_a_json_object(installation: Tropeiro) -> None:
    given = json.dumps({"user": "u", "password": SECRET})
    assert installation("credential", "set", "login", "--json", stdin=given).json["fields"] == ["password", "user"]


def test_a_value_that_is_no_object_is_refused_without_repeating_it(installation: Tropeiro) -> None:
    ended = installation("credential", "set", "token", stdin=SECRET)
    assert ended.code == 2
    assert "--field" in ended.err
    assert SECRET not in ended.err


def test_a_value_is_not_taken_from_the_command_line(installation: Tropeiro) -> None:
    assert installation("credential", "set", "token", SECRET).code == 2
