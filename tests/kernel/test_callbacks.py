from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.callbacks import make_callback_token, read_callback_token
from tropeiro.kernel.errors import InvalidInput

KEY = b"a key of the server, long enough"
PACKET = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@given(st.uuids(), st.integers(0, 2**63 - 1))
def test_a_token_says_what_it_was_made_for(packet: UUID, token: int) -> None:
    text = make_callback_token(KEY, packet, token)
    assert read_callback_token(KEY, text) == (packet, token)
    assert text.isascii()
    assert "/" not in text


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_callback_token(b"another key, also long enough...", make_callback_token(KEY, PACKET, 1))


def test_no_character_of_a_token_can_be_changed() -> None:
    text = make_callback_token(KEY, PACKET, 12)
    for place in range(len(text)):
        changed = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        with pytest.raises(InvalidInput):
            read_callback_token(KEY, changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "x" * 10_000,
        make_callback_token(KEY, PACKET, 1) + "\n",
        make_callback_token(KEY, PACKET, 1) + "=",
        make_callback_token(KEY, PACKET, 1).upper(),
        make_callback_token(KEY, PACKET, 1).replace(".1.", ".01."),
        make_callback_token(KEY, PACKET, 1).replace(".1.", ".１."),
        make_callback_token(KEY, PACKET, 1).replace(".1.", ".2."),
    ],
)
def test_what_is_not_a_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="callback address"):
        read_callback_token(KEY, text)


def test_a_weak_key_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="16"):
        make_callback_token(b"short", PACKET, 1)
    with pytest.raises(ValueError, match="negative"):
        make_callback_token(KEY, PACKET, -1)
