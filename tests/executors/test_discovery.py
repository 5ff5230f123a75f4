"""Finding the services of a folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tropeiro.executors.bundles import BundleInvalid
from tropeiro.executors.discovery import discover
from tropeiro.executors.loading import ServiceUnloadable, entry_of

HEAD = "from tropeiro.sdk import service\n"


def folder_with(folder: Path, **files: str) -> Path:
    for name, source in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + textwrap.dedent(source))
    return folder


def test_every_service_is_found_once_in_order(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        services="""
            from reports.daily import daily

            @service(version=2)
            async def b() -> int: return 2

            @service(name="b")
            async def b_1() -> int: return 1

            @service(public=True)
            def a(n: int) -> int: return n

            def not_one() -> int: return 1
        """,
        reports__daily="""
            @service
            def daily() -> int: return 1
        """,
        tests__test_it="""
            @service
            def of_a_test() -> int: return 1
        """,
    )
    found = discover(folder)
    assert [(d.name, d.version, entry_of(d.function)) for d in found] == [
        ("a", 1, "services:a"),
        ("b", 1, "services:b_1"),
        ("b", 2, "services:b"),
        ("daily", 1, "reports.daily:daily"),
    ]
    assert [d.blocking for d in found] == [True, False, False, True]
    assert found[0].public


def test_a_changed_file_is_seen_the_next_time(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, services="@service\ndef a() -> int: return 1\n")
    assert discover(folder)[0].output_schema == {"type": "integer"}
    folder_with(tmp_path, services="@service\ndef a() -> str: return ''\n")
    assert discover(folder)[0].output_schema == {"type": "string"}


def test_a_folder_without_code_has_no_services(tmp_path: Path) -> None:
    assert discover(tmp_path) == ()


def test_a_module_that_fails_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnloadable, match=r"at broken\.py:2 in <module>: ZeroDivisionError"):
        discover(folder_with(tmp_path, broken="1 / 0\n"))


def test_a_wrong_declaration_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnloadable, match=r"services\.py:2: service function `a`: the parameter `n` has no"):
        discover(folder_with(tmp_path, services="@service\ndef a(n) -> int: return 1\n"))


def test_two_functions_of_one_name_and_version_are_refused(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, one="@service\ndef a() -> int: return 1\n", two="@service\ndef a() -> int: return 2\n"
    )
    with pytest.raises(BundleInvalid, match=r"one\.py:2 and .*two\.py:2"):
        discover(folder)


def test_a_function_that_a_worker_could_not_find_again_is_refused(tmp_path: Path) -> None:
    source = """
        def make():
            @service
            def inner() -> int: return 1
            return inner
        outer = make()
    """
    with pytest.raises(BundleInvalid, match="under another name, `outer`"):
        discover(folder_with(tmp_path, services=source))


def test_a_service_in_a_file_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my-services.py"
    path.write_text("print('a script')")
    assert discover(tmp_path) == ()
    path.write_text(HEAD + "@service\ndef a() -> int: return 1\n")
    with pytest.raises(BundleInvalid, match=r"my-services\.py declares services"):
        discover(tmp_path)
