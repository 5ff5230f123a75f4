from __future__ import annotations

from pathlib import Path

import pytest

from tropeiro import config
from tropeiro.config import ConfigInvalid

FERNET = "A" * 43 + "="


def _load(**environ: str) -> config.Config:
    return config.load(environ, checkout=None)


def test_an_empty_environment_gives_the_embedded_database_on_this_machine() -> None:
    loaded = config.load({}, checkout=Path("/checkout"))
    assert loaded.embedded
    assert loaded.data == Path("/checkout/.tropeiro")
    assert (loaded.host, loaded.port) == ("127.0.0.1", 8420)
    assert loaded.public_url == "http://127.0.0.1:8420"
    assert loaded.blobs == "file:///checkout/.tropeiro/blobs"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert _load(TROPEIRO_PORT="", DATABASE_URL="", TROPEIRO_DATA="/d") == _load(TROPEIRO_DATA="/d")


def test_installed_the_data_goes_where_the_xdg_specification_says() -> None:
    assert _load(XDG_DATA_HOME="/xdg").data == Path("/xdg/tropeiro")
    assert _load(XDG_DATA_HOME="relative").data == Path.home() / ".local/share/tropeiro"


def test_a_relative_data_folder_is_made_absolute() -> None:
    assert _load(TROPEIRO_DATA="here").data == Path.cwd() / "here"


def test_this_source_tree_is_recognized_as_a_checkout(tmp_path: Path) -> None:
    assert Path(__file__).resolve().parents[1] == config.CHECKOUT
    assert config.checkout_of(tmp_path / "lib/python3/site-packages/tropeiro/config.py") is None


def test_every_list_is_split_and_trimmed() -> None:
    loaded = _load(
        TROPEIRO_MASTER_KEYS=f" {FERNET}, {FERNET} ", TROPEIRO_ALLOWED_PRIVATE_HOSTS="10.0.0.1:80, [::1]:9 ,a.b"
    )
    assert loaded.master_keys == (FERNET, FERNET)
    assert loaded.allowed_private_hosts == ("10.0.0.1:80", "[::1]:9", "a.b")


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DATABASE_URL", "mysql://user:hidden@host/name", "does not name a PostgreSQL database"),
        ("DATABASE_URL", "hidden", "does not name a PostgreSQL database"),
        ("TROPEIRO_PORT", "http", "whole number from 0 to 65535"),
        ("TROPEIRO_PORT", "65536", "whole number from 0 to 65535"),
        ("TROPEIRO_PORT", "-1", "whole number"),
        ("TROPEIRO_PORT", "٣", "whole number"),
        ("TROPEIRO_WORKERS", "1.5", "whole number"),
        ("TROPEIRO_CONCURRENCY", "0", "whole number from 1"),
        ("TROPEIRO_PUBLIC_URL", "tropeiro.example", "http or https URL"),
        ("TROPEIRO_PUBLIC_URL", "http://host:99999", "out of range"),
        ("TROPEIRO_GA_ENDPOINT", "ftp://host", "http or https URL"),
        ("TROPEIRO_SECRET_KEY", "hidden", "6 characters"),
        ("TROPEIRO_SMTP_URL", "http://user:hidden@host", "does not name a mail server"),
        ("TROPEIRO_SMTP_URL", "smtp://user:hidden@host:99999", "does not name a mail server"),
        ("TROPEIRO_MAIL_FROM", "Tropeiro", "no address"),
        ("TROPEIRO_MAIL_FROM", "a@example.org\nBcc: b@example.org", "no address"),
        ("TROPEIRO_SIGNUP", "yes", "open or closed"),
        ("TROPEIRO_MASTER_KEYS", f"{FERNET},hidden", "key 2 of 2"),
        ("TROPEIRO_BLOBS", "/folder", "expected a URL"),
        ("TROPEIRO_ALLOWED_PRIVATE_HOSTS", "a.b/c", "host or host:port"),
        ("TROPEIRO_DATA", "/a\0b", "null character"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_with_what_to_do(variable: str, value: str, problem: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        _load(**{variable: value})
    assert variable in caught.value.message
    assert problem in caught.value.message
    assert caught.value.hint
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("::1", "http://[::1]:1")]
)
def test_the_address_shown_is_one_that_a_browser_can_open(host: str, url: str) -> None:
    assert _load(TROPEIRO_HOST=host, TROPEIRO_PORT="1").public_url == url


def test_nobody_signs_up_unless_the_operator_opens_it() -> None:
    assert not _load().signup
    assert _load(TROPEIRO_SIGNUP="open").signup


def test_a_mail_server_and_a_sender_are_taken_as_they_are() -> None:
    loaded = _load(TROPEIRO_SMTP_URL="smtps://u:p@host:465", TROPEIRO_MAIL_FROM="Tropeiro <t@example.org>")
    assert loaded.smtp_url == "smtps://u:p@host:465"
    assert loaded.mail_from == "Tropeiro <t@example.org>"


def test_its_text_form_holds_no_secret() -> None:
    loaded = _load(DATABASE_URL="postgresql://u:hidden@h/d", TROPEIRO_SECRET_KEY="hidden" * 9)
    assert "hidden" not in repr(loaded)
