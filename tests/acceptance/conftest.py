"""One installation for the tests of a module, and the emulator that it asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from installation import Installation, installed

from tropeiro.samples.google_analytics.emulator import Emulator, start


@pytest.fixture(scope="module")
def ga() -> Iterator[Emulator]:
    """The Google Analytics emulator; its answers are synthetic."""
    with start(port=0) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def platform(database_url: str, tmp_path_factory: pytest.TempPathFactory, ga: Emulator) -> Iterator[Installation]:
    """``tropeiro up`` with two workers and the sample project."""
    data: Path = tmp_path_factory.mktemp("installation") / "data"
    with installed(data, database_url, TROPEIRO_GA_ENDPOINT=ga.url) as installation:
        yield installation


@pytest.fixture
def faults(ga: Emulator) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Inject faults until the test is over."""

    def inject(wanted: dict[str, Any]) -> None:
        told = Request(f"{ga.url}/_emulator/faults", json.dumps(wanted).encode(), method="PUT")
        with urlopen(told, timeout=5) as answer:
            assert answer.status == 200

    yield inject
    inject({})
