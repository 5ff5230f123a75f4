"""What the process that answers browsers and programs does, apart from its command line."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from importlib import import_module
from typing import Any

import uvicorn

from tropeiro.cli.console import console
from tropeiro.config import Config, load
from tropeiro.platform.child import announce_ready, await_start
from tropeiro.platform.data_folder import with_secrets
from tropeiro.platform.listening import listen
from tropeiro.platform.logs import set_up_logs
from tropeiro.platform.opening import opened
from tropeiro.web.setup import configure
from tropeiro.web.streams import end_streams

APPLICATION = "tropeiro.web.asgi"
DRAIN_SECONDS = 10


class Server(uvicorn.Server):
    """Uvicorn's, which says when it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the application and the supervisor."""
        await super().startup(sockets=sockets)
        if self.started:
            import_module(APPLICATION).begin()
            announce_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live pages, which would otherwise be waited for, then stop."""
        end_streams()
        await super().shutdown(sockets)


def serve(descriptor: int | None) -> None:
    """Serve until SIGTERM or Ctrl-C: on the open socket with this number, or where the configuration says."""
    if descriptor is not None:
        configure(with_secrets(load(os.environ)), serving=True)
        import_module(APPLICATION)
        await_start()
    # A parent that gave us its listening socket has looked at the tables already.
    with console() if descriptor is None else opened(load(os.environ)) as config:
        set_up_logs(debug=config.debug)
        configure(config, serving=True)
        listener = listen(config.host, config.port) if descriptor is None else socket.socket(fileno=descriptor)
        with listener:
            server = Server(uvicorn.Config(f"{APPLICATION}:application", **_settings(config)))
            # Uvicorn drains on a signal, then raises it again; here it has done its work.
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])


def _settings(config: Config) -> dict[str, Any]:
    return {
        "log_config": None,
        "access_log": config.debug,
        "lifespan": "off",
        "server_header": False,
        "proxy_headers": config.public_url.startswith("https://"),
        "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
        "timeout_graceful_shutdown": DRAIN_SECONDS,
    }
