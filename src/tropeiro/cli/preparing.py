"""Making a database ready for ``tropeiro up``, in a process of its own (see `errands`)."""

from __future__ import annotations

import os

from tropeiro.cli.console import bring_to_this_version
from tropeiro.cli.errands import Prepared
from tropeiro.cli.output import print_json
from tropeiro.config import load
from tropeiro.platform.opening import opened
from tropeiro.web.accounts.actions import ensure_first_start, set_password
from tropeiro.web.setup import configure


def prepare(*, new_password: bool) -> None:
    """Bring the database to this version, with a first organization and user; print what came of it, a `Prepared`."""
    with opened(load(os.environ)) as config:
        configure(config)
        migrated = bring_to_this_version()
        first = ensure_first_start()
        password = set_password(first.user) if new_password else first.password
    print_json(Prepared(user=first.user, password=password, migrated=migrated))
