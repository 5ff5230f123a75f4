"""What every command that works with the database begins with."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tropeiro.config import Config, load
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.opening import opened
from tropeiro.web import setup


def prepare_models() -> None:
    """Set Django up so far that modules which name tables can be imported. Touches nothing. Raises `ConfigInvalid`."""
    config = load(os.environ)
    # Nothing is signed in these processes, so there is no need for the installation's own key.
    setup.configure(replace(config, secret_key=config.secret_key or secrets.token_urlsafe(48)))


@contextmanager
def console() -> Iterator[Config]:
    """The configuration, with the database up and at this version, and Django set up for it.

    The embedded database is brought to this version on the way; with a server of its own that is for its
    administrator to decide. Raises `PlatformUnavailable`.
    """
    given = load(os.environ)
    with opened(given) as config:
        setup.configure(config)
        if given.embedded:
            bring_to_this_version()
        elif not setup.of_this_edition() and setup.pending_migrations():
            raise PlatformUnavailable(
                "The tables of the database that DATABASE_URL names are not those of this version.",
                hint="Run: tropeiro migrate",
            )
        yield config


def bring_to_this_version() -> bool:
    """Make the tables and built-in services those of this version; whether the tables were not."""
    if setup.of_this_edition():
        return False
    setup.refuse_other_schema()
    pending = setup.pending_migrations()
    if pending:
        setup.migrate()
    setup.sync_core()
    setup.mark_edition()
    return pending
