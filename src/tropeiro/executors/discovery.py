"""Finding the services of a project's folder."""

from __future__ import annotations

import itertools
from pathlib import Path, PurePosixPath

from tropeiro.executors.bundles import BundleInvalid, bundle_files
from tropeiro.executors.loading import PREFIX, close_package, import_inside, open_package
from tropeiro.sdk.definition import ATTRIBUTE, ServiceDefinition

_NEVER_IMPORTED = frozenset({"__main__", "setup"})
_numbers = itertools.count(1)


def discover(folder: Path) -> tuple[ServiceDefinition, ...]:
    """Every ``@service`` in the Python modules of ``folder``, ordered by name and version.

    Imports all of them afresh (tests, hidden files, ``setup.py`` and ``__main__.py`` excepted), so their top-level
    code runs. Raises `ServiceUnloadable` when one cannot be imported, and `BundleInvalid` when two functions claim
    the same name and version or a function could not be found again by its name.
    """
    root = folder.resolve()
    package = f"{PREFIX}discovery_{next(_numbers)}"
    open_package(package, root)
    try:
        found: dict[tuple[str, int], ServiceDefinition] = {}
        for module_name in _modules(root):
            module = import_inside(package, module_name, root)
            for name, value in vars(module).items():
                definition = getattr(value, ATTRIBUTE, None)
                if not isinstance(definition, ServiceDefinition) or definition.function.__module__ != module.__name__:
                    continue
                _check_name(definition, name)
                other = found.setdefault((definition.name, definition.version), definition)
                if other is not definition:
                    raise BundleInvalid(
                        f"Two functions are version {definition.version} of the service `{definition.name}`: "
                        f"{other.where} and {definition.where}",
                        hint="Rename one, or give it another version.",
                    )
    finally:
        close_package(package)
    return tuple(found[key] for key in sorted(found))


def _modules(root: Path) -> list[str]:
    names = []
    for file, path in bundle_files(root):
        if not file.endswith(".py"):
            continue
        parts = PurePosixPath(file).with_suffix("").parts
        if parts[-1] in _NEVER_IMPORTED:
            continue
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not all(part.isidentifier() for part in parts):
            if "@service" in path.read_text(encoding="utf-8", errors="replace"):
                raise BundleInvalid(
                    f"{path} declares services, but a file of this name cannot be imported",
                    hint="Use letters, digits and underscores in the names of Python files and their folders.",
                )
        elif parts:
            names.append(".".join(parts))
    return names


def _check_name(definition: ServiceDefinition, name: str) -> None:
    if definition.function.__name__ != name:
        raise BundleInvalid(
            f"{definition.where}: the service function `{definition.function.__name__}` stands in its module under "
            f"another name, `{name}`, and a worker could not find it",
            hint=f"Write `def {name}(…)` and set the service's name with @service(name=…).",
        )
