"""From what the environment says to a configuration that everything can work with: folder, secrets, database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module

from tropeiro.config import Config
from tropeiro.platform import data_folder
from tropeiro.platform.server_check import server_facts


@contextmanager
def opened(config: Config) -> Iterator[Config]:
    """``config`` made whole, with the embedded database up (when it is the one) until the block ends.

    Raises `PlatformUnavailable`.
    """
    data_folder.prepare(config.data)
    config = data_folder.with_secrets(config)
    with ExitStack() as stack:
        if config.embedded:
            # Loaded only by whoever may have to start a server: the children of such a process are told its address.
            database = import_module("tropeiro.platform.database")
            config = replace(config, database_url=stack.enter_context(database.running(config.data)))
        server_facts(config.database_url)
        yield config


def revived(config: Config) -> bool:
    """Whether the embedded database had ended by itself; it is up again then. Raises `PlatformUnavailable`."""
    return bool(import_module("tropeiro.platform.database").revive(config.data))


def child_environ(config: Config) -> dict[str, str]:
    """Environment variables that give a child process the same configuration, its secrets by way of the folder."""
    return {
        "DATABASE_URL": config.database_url,
        "TROPEIRO_DATA": str(config.data),
        "TROPEIRO_HOST": config.host,
        "TROPEIRO_PORT": str(config.port),
        "TROPEIRO_PUBLIC_URL": config.public_url,
        "TROPEIRO_BLOBS": config.blobs,
        "TROPEIRO_CONCURRENCY": str(config.concurrency),
        "TROPEIRO_ALLOWED_PRIVATE_HOSTS": ",".join(config.allowed_private_hosts),
        "TROPEIRO_GA_ENDPOINT": config.ga_endpoint,
    }
