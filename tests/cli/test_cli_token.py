from __future__ import annotations

from command_process import Tropeiro


def test_a_token_is_shown_once_listed_by_name_and_revoked(installation: Tropeiro) -> None:
    made = installation("token", "create", "nightly import", "--role", "operator")
    assert made.code == 0, made.err
    token = made.out.strip()
    assert token.startswith("trp_")
    assert "shown only now" in made.err
    listed = installation("token", "list", "--json")
    (row,) = listed.json
    assert (row["name"], row["role"], row["revoked_at"]) == ("nightly import", "operator", None)
    told = installation("token", "list").out
    assert "nightly import" in told
    assert token not in listed.out + told
    assert installation("token", "revoke", row["id"]).code == 0
    assert installation("token", "revoke", row["id"], "--json").error["code"] == "conflict"
    assert "revoked" in installation("token", "list").out


def test_a_token_that_cannot_be_is_refused(installation: Tropeiro) -> None:
    assert installation("token", "create", " ").code == 2
    assert installation("token", "create", "t", "--role", "king").code == 2
    unknown = installation("token", "revoke", "00000000-0000-7000-8000-000000000000", "--json")
    assert unknown.error["code"] == "not_found"
    assert installation("token", "create", "t", "--days", "0", "--json").json["expires_at"] is None
