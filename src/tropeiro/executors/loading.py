"""Importing a bundle's modules, so that any number of versions of one project live in one process.

Each bundle is a synthetic package, ``tropeiro_bundle_<first 12 digits of its SHA-256>``, whose ``__path__`` is the
folder where it was unpacked; ``services.py`` is imported as ``tropeiro_bundle_0123456789ab.services``. Relative
imports (``from . import queries``) then work by themselves. So that the same files also work when they are run or
tested on their own, a plain ``import queries`` finds a sibling too: every module of a bundle runs with an
``__import__`` of its own (Python looks it up in the module's ``__builtins__``) that prefers the bundle's top-level
modules, as Python prefers the modules beside a script. Nothing outside of the bundle is affected. What asks for a
sibling by other means, ``importlib.import_module("queries")``, does not find it; the relative form there is
``importlib.import_module(".queries", __package__)``.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from tropeiro.executors.traceback_frames import frames_inside
from tropeiro.kernel.errors import InvalidInput

PREFIX = "tropeiro_bundle_"
"""Start of the name of every bundle's package."""

_lock = threading.RLock()


class ServiceUnloadable(InvalidInput):
    """The service's code cannot be imported."""

    code = "service_unloadable"


def package_of(sha: str) -> str:
    """Name of the package that a bundle is imported as."""
    return f"{PREFIX}{sha[:12]}"


def entry_of(function: Callable[..., Any]) -> str:
    """``module:function`` of a function that came out of a bundle or a project's folder."""
    module = function.__module__
    if module.startswith(PREFIX):
        module = module.partition(".")[2]
    return f"{module}:{function.__name__}"


def load_entry(folder: Path, sha: str, entry: str) -> Callable[..., Any]:
    """The function that ``entry`` (``module:function``) names in the bundle unpacked at ``folder``.

    Raises `ServiceUnloadable`; its message names file and line when the code itself failed.
    """
    module_name, colon, function_name = entry.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), function_name)):
        raise ServiceUnloadable(f"`{entry[:200]}` is not of the form module:function")
    package = package_of(sha)
    open_package(package, folder)
    module = import_inside(package, module_name, folder)
    function = getattr(module, function_name, None)
    if not isinstance(function, FunctionType):
        raise ServiceUnloadable(f"The module `{module_name}` has no function `{function_name}`")
    return function


def open_package(package: str, folder: Path) -> None:
    """Make ``package`` a package whose modules are the files of ``folder``. Opening it again changes nothing."""
    with _lock:
        if package in sys.modules:
            return
        loader = _BundleLoader()
        spec = importlib.machinery.ModuleSpec(package, loader, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        module = importlib.util.module_from_spec(spec)
        sys.modules[package] = module
        if not any(isinstance(finder, _BundleFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _BundleFinder())


def close_package(package: str) -> None:
    """Forget ``package`` and its modules; functions taken from it go on working."""
    with _lock:
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]


def import_inside(package: str, module_name: str, folder: Path) -> ModuleType:
    """Import one module of an open package. Raises `ServiceUnloadable` with the place in its code that failed."""
    # A worker adds folders while it runs; the path finder's memory of a folder may be older than its files.
    importlib.invalidate_caches()
    try:
        return importlib.import_module(f"{package}.{module_name}")
    except (Exception, SystemExit) as error:
        raise ServiceUnloadable(_explain(error, package, module_name, folder)) from error


class _BundleLoader(importlib.abc.Loader):
    """Loads the package itself, which has no code."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        return None


class _BundleFinder(importlib.abc.MetaPathFinder):
    """Finds modules below a bundle's package, and gives them the import that knows their siblings."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is None or not fullname.startswith(PREFIX):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _SiblingLoader(spec.loader.name, spec.loader.path)
        return spec


class _SiblingLoader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        package = module.__name__.partition(".")[0]
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import_in(package)}
        super().exec_module(module)

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write no compiled files: the folder of a bundle holds what its digest says, and nothing else."""


def _import_in(package: str) -> Callable[..., ModuleType]:
    folders: list[str] = list(sys.modules[package].__path__)

    def import_(
        name: str,
        namespace: Mapping[str, object] | None = None,
        local_names: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        head = name.partition(".")[0]
        if level == 0 and _is_sibling(folders, head):
            inside = importlib.import_module(f"{package}.{name}")
            if fromlist:
                return builtins.__import__(f"{package}.{name}", namespace, local_names, fromlist, 0)
            return inside if name == head else sys.modules[f"{package}.{head}"]
        return builtins.__import__(name, namespace, local_names, fromlist or (), level)

    return import_


def _is_sibling(folders: list[str], head: str) -> bool:
    return any(Path(folder, f"{head}.py").is_file() or any(Path(folder, head).glob("*.py")) for folder in folders)


def _explain(error: BaseException, package: str, module_name: str, folder: Path) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == f"{package}.{module_name}":
        return f"There is no module `{module_name}` in {folder}"
    text = f"{type(error).__name__}: {error}".replace(f"{package}.", "")
    if isinstance(error, SyntaxError):
        return f"The module `{module_name}` cannot be imported: {text}"
    frames = frames_inside(error, folder)
    where = f" at {frames[-1]}" if frames else ""
    return f"The module `{module_name}` cannot be imported{where}: {text}"
