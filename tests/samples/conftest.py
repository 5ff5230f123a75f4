"""A real emulator process for the tests of the sample, clean before every test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from ga_emulator import Remote


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tropeiro.samples.google_analytics.emulator", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def emulator(emulator_url: str) -> Iterator[Remote]:
    with httpx.Client(base_url=emulator_url, trust_env=False, timeout=30) as http:
        remote = Remote(emulator_url, http)
        remote.faults()
        remote.limits()
        http.delete("/_emulator/requests").raise_for_status()
        yield remote


@pytest.fixture
def endpoint(emulator: Remote, monkeypatch: pytest.MonkeyPatch) -> Remote:
    """The emulator, with the services told to use it."""
    monkeypatch.setitem(os.environ, "TROPEIRO_GA_ENDPOINT", emulator.url)
    return emulator
