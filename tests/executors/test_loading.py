"""Importing bundles beside each other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.loading import ServiceUnloadable, entry_of

Project = Callable[..., str]


@pytest.fixture
def load(bundles: BundleCache) -> Callable[..., Any]:
    async def load(sha: str, entry: str) -> Any:
        await bundles.ensure(sha)
        return bundles.load(sha, entry)

    return load


async def test_two_versions_of_one_project_live_side_by_side(load: Any, project: Project) -> None:
    first = project(services="from . import numbers_\ndef f(): return numbers_.N\n", numbers_="N = 1\n")
    second = project(services="from . import numbers_\ndef f(): return numbers_.N\n", numbers_="N = 2\n")
    one, two = await load(first, "services:f"), await load(second, "services:f")
    assert (one(), two()) == (1, 2)
    assert one.__module__ != two.__module__
    assert await load(first, "services:f") is one
    assert entry_of(one) == "services:f"


@pytest.mark.parametrize(
    "line",
    [
        "import queries; N = queries.N",
        "import queries as q; N = q.N",
        "from queries import N",
        "from queries import *",
        "from . import queries; N = queries.N",
        "from .queries import N",
        "import deep.inner; N = deep.inner.N",
        "from deep.inner import N",
        "from deep import inner; N = inner.N",
        "from .deep.inner import N",
    ],
)
async def test_siblings_are_imported_in_every_way(line: str, load: Any, project: Project) -> None:
    sha = project(
        services=f"{line}\ndef f(): return N\n", queries="N = 7\n", deep__inner="import queries\nN = queries.N\n"
    )
    assert (await load(sha, "services:f"))() == 7
    assert "queries" not in sys.modules
    assert "deep" not in sys.modules


async def test_an_import_inside_a_function_finds_siblings_too(load: Any, project: Project) -> None:
    sha = project(services="def f():\n    import queries\n    return queries.N\n", queries="N = 7\n")
    assert (await load(sha, "services:f"))() == 7


async def test_a_sibling_named_like_a_library_is_preferred_inside_the_bundle_only(load: Any, project: Project) -> None:
    import json

    sha = project(services="import json\ndef f(): return json.N\n", json="N = 7\n")
    assert (await load(sha, "services:f"))() == 7
    assert sys.modules["json"] is json


async def test_libraries_are_the_ones_everybody_has(load: Any, project: Project) -> None:
    sha = project(services="import json, os.path\nfrom xml.etree import ElementTree\ndef f(): return json, os\n")
    import json
    import os

    assert (await load(sha, "services:f"))() == (json, os)


async def test_a_module_of_a_subfolder_can_be_an_entry(load: Any, project: Project) -> None:
    sha = project(reports__daily="def f(): return 3\n")
    function = await load(sha, "reports.daily:f")
    assert function() == 3
    assert entry_of(function) == "reports.daily:f"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 / 0\n", "services.py:1 in <module>: ZeroDivisionError"),
        ("import absent_library\n", "services.py:1 in <module>: ModuleNotFoundError: No module named 'absent_library'"),
        ("def f(:\n", "SyntaxError: invalid syntax (services.py, line 1)"),
        ("raise SystemExit(3)\n", "services.py:1 in <module>: SystemExit: 3"),
        ("from .absent import x\n", "services.py:1 in <module>: ModuleNotFoundError: No module named 'absent'"),
    ],
)
async def test_code_that_cannot_be_imported_is_shown_with_file_and_line(
    source: str, expected: str, load: Any, project: Project
) -> None:
    with pytest.raises(ServiceUnloadable) as caught:
        await load(project(services=source), "services:f")
    assert expected in caught.value.message


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("absent:f", "There is no module `absent`"),
        ("services:absent", "no function `absent`"),
        ("services:N", "no function `N`"),
        ("services", "not of the form"),
        ("../services:f", "not of the form"),
        ("services:f.__globals__", "not of the form"),
    ],
)
async def test_an_entry_that_is_not_there_is_told(entry: str, expected: str, load: Any, project: Project) -> None:
    sha = project(services="N = 1\ndef f(): return 1\n")
    with pytest.raises(ServiceUnloadable, match=expected.replace("`", ".")):
        await load(sha, entry)


async def test_nothing_is_written_into_a_bundles_folder(load: Any, project: Project, bundles: BundleCache) -> None:
    sha = project(services="import queries\ndef f(): return 1\n", queries="N = 7\n")
    await load(sha, "services:f")
    assert sorted(path.name for path in bundles.folder(sha).iterdir()) == ["queries.py", "services.py"]
