"""`make chaos` breaks and recognises the product by its text: here it is told soon when the two no longer fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tropeiro.queues import postgres


@pytest.fixture(autouse=True)
def chaos_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)


def test_what_each_mutant_replaces_is_there_exactly_once(tmp_path: Path) -> None:
    from chaos.mutants import ALL

    for number, mutant in enumerate(ALL):
        folder = tmp_path / str(number)
        folder.mkdir()
        mutant.copy(folder)


def test_the_proxy_knows_a_settlement_when_it_sees_one() -> None:
    from chaos.proxy import SETTLEMENT

    for statement in (postgres._SETTLE, postgres._GO_ON):
        assert SETTLEMENT in b"\0" + statement.name + b"\0"
