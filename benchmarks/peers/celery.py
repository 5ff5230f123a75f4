"""Celery: a distributed task queue, with Redis and with RabbitMQ."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import (
    PROGRAMS,
    CannotMeasureError,
    Place,
    ask,
    free_port,
    needed,
    python_environment,
    python_version,
)


class _Celery(Peer):
    """A prefork worker with a process for each core, and a caller."""

    def install(self) -> None:
        self.programs = python_environment("celery", "celery[redis]>=5.5,<6")

    def version(self) -> str:
        return python_version(self.programs, "celery")

    def start(self, place: Place) -> None:
        broker, backend = self.servers(place)
        environ = {"BROKER": broker, "BACKEND": backend, "PYTHONPATH": str(PROGRAMS)}
        command = [
            self.programs / "celery", "--app", "with_celery", "worker", "--concurrency", "2", "--loglevel", "warning",
            "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        place.start("worker", command, environ=environ)
        caller = [self.programs / "python", PROGRAMS / "with_celery.py"]
        self.caller = place.start("caller", caller, environ=environ, program=True)
        ask(self.caller, "W1 1", seconds=60)

    def servers(self, place: Place) -> tuple[str, str]:
        """Start what carries and what records; their URLs."""
        raise NotImplementedError

    def seconds(self, workload: str) -> float:
        count = {"W1": STEPS["W1"], "W2": self.workflows, "W3": self.items}[workload]
        return ask(self.caller, f"{workload} {count}")


class CeleryRedis(_Celery):
    """Redis carries the messages and keeps the results, on disk."""

    engine = "Celery Redis"
    setup = "prefork worker of 2 processes, late acknowledgement; Redis with appendonly, fsync every second"
    remarks: ClassVar = {"W1": "chain", "W2": "chains", "W3": "chord"}

    def servers(self, place: Place) -> tuple[str, str]:
        port = free_port()
        program = needed("redis-server", "redis-server (Debian: apt-get install redis-server)")
        command = [
            program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(place.folder), "--appendonly", "yes",
        ]  # fmt: skip
        place.start("redis", command, environ={})
        return f"redis://127.0.0.1:{port}/0", f"redis://127.0.0.1:{port}/1"


class CeleryRabbitmq(_Celery):
    """RabbitMQ carries durable messages; results come back through it and are not kept."""

    engine = "Celery RabbitMQ"
    setup = "prefork worker of 2 processes, late acknowledgement; durable queues; result backend rpc, not crash-safe"
    remarks: ClassVar = {
        "W1": "chain",
        "W2": "chains",
        "W3": "group joined by the caller, because the rpc backend has no chord",
    }

    def servers(self, place: Place) -> tuple[str, str]:
        what = "rabbitmq-server (Debian: apt-get install rabbitmq-server)"
        wrapper = needed("rabbitmq-server", what)
        # The wrapper in the path insists on the system's own server; the programs beside it serve any folder.
        own = Path("/usr/lib/rabbitmq/bin")
        programs = own if (own / "rabbitmq-server").exists() else Path(wrapper).parent
        port, distribution, mapper = free_port(), free_port(), free_port()
        environ = {
            "HOME": str(place.folder), "RABBITMQ_NODENAME": "bench@localhost", "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(mapper), "RABBITMQ_MNESIA_BASE": str(place.folder / "rabbitmq"),
            "RABBITMQ_LOG_BASE": str(place.folder / "log"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(place.folder / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(place.folder / "config"),
        }  # fmt: skip
        place.stack.callback(_end_port_mapper, environ)
        server = place.start("rabbitmq", [programs / "rabbitmq-server"], environ=environ)
        deadline = time.monotonic() + 90
        while True:
            try:
                place.run([programs / "rabbitmqctl", "await_startup", "--timeout", "60"], environ=environ, seconds=90)
                break
            except CannotMeasureError:
                # The command gives up at once while the server is not even known to the port mapper.
                if server.poll() is not None or time.monotonic() > deadline:
                    raise CannotMeasureError(f"RabbitMQ did not start: {place.last_words('rabbitmq')}") from None
        return f"amqp://guest:guest@127.0.0.1:{port}//", "rpc://"


def _end_port_mapper(environ: dict[str, str]) -> None:
    """Erlang's port mapper outlives the node that started it."""
    port = environ["ERL_EPMD_PORT"]
    subprocess.run(["epmd", "-port", port, "-kill"], check=False, capture_output=True)
