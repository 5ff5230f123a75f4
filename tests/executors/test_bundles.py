"""A project's folder as one immutable file, and back."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from service_calls import MemoryBlobs

from tropeiro.executors.bundles import MAX_FILE, BundleCache, BundleInvalid, blob_name, make_bundle
from tropeiro.kernel.errors import NotFound


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def archive_of(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def names_in(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


async def stored(blobs: MemoryBlobs, data: bytes) -> str:
    sha = hashlib.sha256(data).hexdigest()
    await blobs.put(blob_name(sha), data)
    return sha


def test_the_same_files_give_the_same_bytes_whenever_and_in_whatever_order_they_were_written(tmp_path: Path) -> None:
    files = {"services.py": "A = 1\n", "project.toml": "", "workflows/report.json": "[]"}
    first = folder_with(tmp_path / "a", files)
    second = folder_with(tmp_path / "b", dict(reversed(files.items())))
    os.utime(second / "services.py", (1, 1))
    (second / "services.py").chmod(0o600)
    sha, data = make_bundle(first)
    assert make_bundle(second) == (sha, data)
    assert sha == hashlib.sha256(data).hexdigest()
    (second / "services.py").write_text("A = 2\n")
    assert make_bundle(second)[0] != sha


def test_what_belongs_to_development_stays_out(tmp_path: Path) -> None:
    inside = ["data/countries.csv", "project.toml", "services.py", "workflows/report.json"]
    outside = [
        ".env",
        ".git/config",
        ".venv/lib/x.py",
        "__pycache__/services.pyc",
        "conftest.py",
        "node_modules/x/index.js",
        "tests/test_all.py",
        "test_services.py",
        "venv/lib/x.py",
    ]
    folder = folder_with(tmp_path, dict.fromkeys(inside + outside, "x"))
    assert names_in(make_bundle(folder)[1]) == inside


def test_a_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"data/all.csv": "x" * (MAX_FILE + 1)})
    with pytest.raises(BundleInvalid, match=r"data/all\.csv has 1,048,577 bytes"):
        make_bundle(folder)


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {f"data/{n}.csv": "x" * MAX_FILE for n in range(21)})
    with pytest.raises(BundleInvalid, match="more than 20,971,520 bytes"):
        make_bundle(folder)


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "project", {"services.py": ""})
    (folder / "passwords.txt").symlink_to("/etc/passwd")
    with pytest.raises(BundleInvalid, match=r"passwords\.txt is a symbolic link"):
        make_bundle(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="nowhere is not a folder"):
        make_bundle(tmp_path / "nowhere")


async def test_a_bundle_comes_out_as_it_went_in(tmp_path: Path, blobs: MemoryBlobs, bundles: BundleCache) -> None:
    sha, data = make_bundle(folder_with(tmp_path / "project", {"services.py": "A = 1\n", "data/a.csv": "1,2"}))
    await blobs.put(blob_name(sha), data)
    folder = await bundles.ensure(sha)
    assert (folder / "services.py").read_text() == "A = 1\n"
    assert (folder / "data/a.csv").read_text() == "1,2"
    assert [path.name for path in folder.parent.iterdir()] == [sha]


async def test_a_bundle_is_fetched_once_however_many_ask(blobs: MemoryBlobs, bundles: BundleCache) -> None:
    sha = await stored(blobs, archive_of(**{"services.py": "A = 1\n"}))
    folders = await asyncio.gather(*(bundles.ensure(sha) for _ in range(20)))
    assert len(set(folders)) == 1
    await bundles.ensure(sha)
    assert blobs.reads == 1


async def test_two_caches_on_one_folder_do_not_disturb_each_other(tmp_path: Path, blobs: MemoryBlobs) -> None:
    sha = await stored(blobs, archive_of(**{"services.py": "A = 1\n"}))
    caches = [BundleCache(tmp_path / "cache", blobs) for _ in range(5)]
    folders = await asyncio.gather(*(cache.ensure(sha) for cache in caches))
    assert {folder.name for folder in folders} == {sha}
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [sha]


async def test_a_bundle_with_another_content_than_its_name_says_is_refused(
    blobs: MemoryBlobs, bundles: BundleCache
) -> None:
    sha = "0" * 64
    await blobs.put(blob_name(sha), archive_of(**{"services.py": "evil"}))
    with pytest.raises(BundleInvalid, match="damaged"):
        await bundles.ensure(sha)
    assert not bundles.folder(sha).exists()


async def test_a_bundle_that_nobody_stored_is_not_found(bundles: BundleCache) -> None:
    with pytest.raises(NotFound):
        await bundles.ensure("0" * 64)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil.py", "a/../../evil.py", "..\\evil.py", "c:evil.py"])
async def test_a_bundle_cannot_write_outside_of_its_folder(
    name: str, tmp_path: Path, blobs: MemoryBlobs, bundles: BundleCache
) -> None:
    sha = await stored(blobs, archive_of(**{"services.py": "", name: "evil"}))
    with pytest.raises(BundleInvalid, match="not a plain file inside"):
        await bundles.ensure(sha)
    assert not list(tmp_path.rglob("*evil*"))
    assert not list((tmp_path / "cache").iterdir())


async def test_a_symbolic_link_inside_a_bundle_is_refused(blobs: MemoryBlobs, bundles: BundleCache) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    sha = await stored(blobs, buffer.getvalue())
    with pytest.raises(BundleInvalid, match="`link`"):
        await bundles.ensure(sha)


async def test_a_bundle_that_unpacks_to_more_than_allowed_is_refused(blobs: MemoryBlobs, bundles: BundleCache) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", "0" * (MAX_FILE + 1))
    sha = await stored(blobs, buffer.getvalue())
    with pytest.raises(BundleInvalid, match=r"larger than allowed at `bomb\.txt`"):
        await bundles.ensure(sha)


async def test_a_file_that_is_no_archive_is_refused(blobs: MemoryBlobs, bundles: BundleCache) -> None:
    sha = await stored(blobs, b"hello")
    with pytest.raises(BundleInvalid, match="not a ZIP archive"):
        await bundles.ensure(sha)


@pytest.mark.parametrize("sha", ["", "..", "../" + "0" * 61, "0" * 63, "G" * 64])
async def test_only_a_digest_names_a_bundle(sha: str, bundles: BundleCache) -> None:
    with pytest.raises(BundleInvalid, match="not the SHA-256"):
        await bundles.ensure(sha)
