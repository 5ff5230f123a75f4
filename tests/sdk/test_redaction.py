"""What is hidden of a credential, and what is not."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tropeiro.sdk.redaction import Redactor

KEY = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
-----END PRIVATE KEY-----
"""
SERVICE_ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "private_key": KEY,
        "client_email": "robot@project.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)


@pytest.mark.parametrize(
    ("credential", "text", "expected"),
    [
        ({"token": "s3cret-value"}, "a s3cret-value, and s3cret-value", "a ***, and ***"),
        ({"token": "s3cret-value", "longer": "s3cret-value-2"}, "s3cret-value-2", "***"),
        ({"a": {"b": ["s3cret-value"]}}, "s3cret-value", "***"),
        ({"user": "ana"}, "ana has bananas", "ana has bananas"),
        ({"on": True, "none": None, "n": 3}, "True None 3", "True None 3"),
        ({"pin": 123456}, "the pin 123456", "the pin ***"),
        ({"password": "a b&c/d?é"}, "https://x/?p=" + quote("a b&c/d?é", safe=""), "https://x/?p=***"),
        ({"password": 'quo"ted\\pass'}, json.dumps({"p": 'quo"ted\\pass'}), '{"p": "***"}'),
        ({"password": " padded-secret \n"}, "padded-secret", "***"),
        ({"password": "a.b*c+d"}, "aXbbcd a.b*c+d", "aXbbcd ***"),
        (None, "anything", "anything"),
        ({}, "anything", "anything"),
    ],
)
def test_values_are_masked_in_text(credential: dict[str, Any] | None, text: str, expected: str) -> None:
    assert Redactor(credential).text(text) == expected


def test_a_key_of_several_lines_is_masked_line_by_line() -> None:
    redactor = Redactor({"key": KEY})
    for line in KEY.strip().splitlines():
        assert redactor.text(f"> {line}") == "> ***"


def test_the_secrets_inside_a_key_file_are_masked_and_its_addresses_are_not() -> None:
    redactor = Redactor({"service_account": SERVICE_ACCOUNT})
    assert redactor.text(SERVICE_ACCOUNT) == "***"
    assert redactor.text(f"key: {KEY}") == "key: ***\n"
    assert redactor.text("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC") == "***"
    assert redactor.text("https://oauth2.googleapis.com/token failed") == "https://oauth2.googleapis.com/token failed"
    assert redactor.text("type service_account") == "type service_account"


def test_json_is_masked_at_every_depth_and_keeps_its_shape() -> None:
    value = {"s3cret-value": [1, True, None, {"x": "my s3cret-value"}], "n": 1.5}
    assert Redactor({"t": "s3cret-value"}).json(value) == {"***": [1, True, None, {"x": "my ***"}], "n": 1.5}
