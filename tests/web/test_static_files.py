"""Static files that are built anew under a running server are given out as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse, HttpResponseNotFound
from django.templatetags.static import static
from django.test import RequestFactory

from tropeiro.web.screens.static import StaticFiles


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    yield tmp_path
    finders.get_finder.cache_clear()


def _get(server: StaticFiles, path: str, **headers: str) -> Any:
    return server(RequestFactory().get(path, headers=headers))


def _server() -> StaticFiles:
    return StaticFiles(lambda request: HttpResponseNotFound())


def test_a_file_that_was_written_anew_comes_whole_with_its_own_length_and_address(folder: Path) -> None:
    (folder / "a.js").write_text("old")
    server, address = _server(), static("a.js")
    assert _get(server, address).content == b"old"
    (folder / "a.js").write_text("new and longer")
    answer = _get(server, static("a.js"))
    assert (answer.content, answer.headers["Content-Length"]) == (b"new and longer", "14")
    assert static("a.js") != address


def test_what_the_browser_had_of_the_old_file_is_not_taken_for_the_new_one(folder: Path) -> None:
    (folder / "a.js").write_text("old")
    server = _server()
    modified = _get(server, "/static/a.js").headers["Last-Modified"]
    assert _get(server, "/static/a.js", if_modified_since=modified).status_code == 304
    (folder / "a.js").write_text("new and longer")
    etag = _get(server, "/static/a.js").headers["ETag"]
    assert _get(server, "/static/a.js", if_none_match=etag).status_code == 304
    (folder / "a.js").write_text("newest, longest of all")
    assert _get(server, "/static/a.js", if_none_match=etag).content == b"newest, longest of all"


def test_a_file_that_is_new_is_found_and_one_that_was_removed_is_not(folder: Path) -> None:
    server = _server()
    assert _get(server, "/static/chunks/b.js").status_code == 404
    (folder / "chunks").mkdir()
    (folder / "chunks/b.js").write_text("b")
    assert _get(server, "/static/chunks/b.js").content == b"b"
    (folder / "chunks/b.js").unlink()
    assert _get(server, "/static/chunks/b.js").status_code == 404


def test_while_a_file_is_being_built_its_address_stays(folder: Path) -> None:
    (folder / "kept.js").write_text("old")
    address = static("kept.js")
    (folder / "kept.js").unlink()
    assert static("kept.js") == address


@pytest.mark.parametrize("path", ["/static/../a.js", "/static/%2e%2e/a.js", "/static//etc/passwd", "/static/", "/jobs"])
def test_what_is_no_static_file_goes_to_whoever_is_behind(folder: Path, path: str) -> None:
    (folder.parent / "a.js").write_text("secret")
    seen: list[str] = []
    server = StaticFiles(lambda request: seen.append(request.path_info) or HttpResponse("behind"))
    assert _get(server, path).content == b"behind"
    assert len(seen) == 1
