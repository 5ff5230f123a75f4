from __future__ import annotations

from command_process import Tropeiro


def test_an_account_is_made_listed_and_switched_off_and_on(installation: Tropeiro) -> None:
    made = installation("user", "create", "Dora@example.org", "-o", "main", "--role", "editor", "--json")
    assert made.code == 0, made.err
    assert made.json["email"] == "dora@example.org"
    listed = installation("user", "list", "--search", "dora", "--json").json["users"]
    assert [(row["email"], row["organizations"], row["is_active"]) for row in listed] == [("dora@example.org", 1, True)]
    unasked = installation("user", "deactivate", "dora@example.org")
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    assert installation("user", "deactivate", "dora@example.org", "--yes").code == 0
    assert "deactivated" in installation("user", "list").out
    assert installation("user", "activate", "dora@example.org").code == 0
    given = installation("user", "new-password", "dora@example.org", "--yes", "--json")
    assert given.json["password"] != made.json["password"]
    assert installation("user", "reset-second-step", "dora@example.org", "--yes", "--json").error["code"] == "conflict"


def test_the_only_operator_and_an_unknown_address_are_refused(installation: Tropeiro) -> None:
    installation("user", "list")
    assert "only operator" in installation("user", "deactivate", "admin@tropeiro.local", "--yes").err
    assert installation("user", "activate", "nobody@example.org", "--json").error["code"] == "not_found"
    assert installation("user", "create", "nobody", "--json").error["code"] == "invalid_input"
