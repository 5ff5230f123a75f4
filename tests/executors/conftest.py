"""Projects made of a few lines, and their bundles."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from service_calls import MemoryBlobs

from tropeiro.executors.bundles import BundleCache, blob_name, make_bundle


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def bundles(tmp_path: Path, blobs: MemoryBlobs) -> BundleCache:
    return BundleCache(tmp_path / "cache", blobs)


@pytest.fixture
def project(tmp_path: Path, blobs: MemoryBlobs) -> Callable[..., str]:
    """``project(services="…source…")`` stores a bundle of those modules and gives its digest."""
    made = 0

    def make(**modules: str) -> str:
        nonlocal made
        made += 1
        folder = tmp_path / f"project{made}"
        for name, source in modules.items():
            path = folder / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        sha, data = make_bundle(folder)
        blobs.content[blob_name(sha)] = data
        return sha

    return make
