"""Django's command, which collects the kernel's texts into the catalogue of the screens too."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.core.management.commands import makemessages

import tropeiro.kernel

KERNEL = Path(tropeiro.kernel.__file__).parent


class Command(makemessages.Command):
    """``django-admin makemessages``: see ``locale/README.md``."""

    # The functions of kernel/wording.py.
    xgettext_options: ClassVar[list[str]] = [
        *makemessages.Command.xgettext_options,
        "--keyword=says",
        "--keyword=says_many:1,2",
        "--keyword=phrase",
        "--keyword=phrases:1,2",
    ]

    def find_files(self, root: str) -> list[Any]:
        """The files below ``root``, and those of the kernel."""
        return sorted([*super().find_files(root), *super().find_files(str(KERNEL))])
