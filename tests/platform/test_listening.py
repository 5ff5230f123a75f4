from __future__ import annotations

import pytest

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.listening import listen


def test_port_zero_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_in_use_is_named_with_the_way_to_change_it() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PlatformUnavailable, match=f"Port {port} on 127.0.0.1 is in use") as caught:
            listen("127.0.0.1", port)
    assert "TROPEIRO_PORT=" in caught.value.hint


def test_a_port_that_was_just_left_can_be_taken_at_once() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    with listen("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PlatformUnavailable, match=r"cannot be opened") as caught:
        listen("192.0.2.1", 0)
    assert "TROPEIRO_HOST" in caught.value.hint


def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(PlatformUnavailable, match="not an address"):
        listen("no such host", 0)
