"""Django's command, which collects also what the kernel and the built-in services say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.commands import makemessages

import tropeiro.kernel
from tropeiro.services.core import CORE_SERVICES
from tropeiro.web.services.house_words import DATA, is_text

KERNEL = Path(tropeiro.kernel.__file__).parent


def house_texts() -> frozenset[str]:
    """The titles and descriptions of the built-in services and of everything in their schemas."""
    told = {text for one in CORE_SERVICES for text in (one.title, one.description)}
    schemas = (schema for one in CORE_SERVICES for schema in (one.input_schema, one.output_schema))
    return frozenset(told.union(*map(_texts, schemas)) - {""})


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
    elif isinstance(part, dict):
        for key, inner in part.items():
            if is_text(key, inner):
                yield inner
            elif key not in DATA:
                yield from _texts(inner)


class Command(makemessages.Command):
    """``django-admin makemessages``: see ``locale/README.md``."""

    # The functions of kernel/wording.py.
    xgettext_options = [  # noqa: RUF012 -- Django reads it from the class
        *makemessages.Command.xgettext_options,
        "--keyword=says",
        "--keyword=says_many:1,2",
        "--keyword=phrase",
        "--keyword=phrases:1,2",
    ]
    _house = ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect; what the built-in services say stands in a file for as long as that takes."""
        with TemporaryDirectory() as folder:
            self._house = folder
            lines = [f"gettext_noop({text!r})\n" for text in sorted(house_texts())]
            Path(folder, "house.py").write_text("".join(lines))
            super().handle(*args, **options)

    def find_files(self, root: str) -> list[Any]:
        """The files below ``root``, those of the kernel, and the house's."""
        find = super().find_files
        return sorted([*find(root), *find(str(KERNEL)), *find(self._house)])
