"""The processes that the command line keeps. Loads none of what they run."""

from __future__ import annotations

from tropeiro.config import Config
from tropeiro.platform.listening import listen
from tropeiro.platform.opening import child_environ
from tropeiro.platform.supervisor import Child

CHILD = "tropeiro.cli.child_main"
COMMAND = "tropeiro.cli.main"


def web_child(config: Config, descriptor: int) -> Child:
    """The web process as the supervisor keeps it; ``descriptor`` is of an open socket that listens."""
    return Child(
        name="web",
        module=CHILD,
        arguments=("web", "--fd", str(descriptor)),
        environ=child_environ(config),
        descriptors=(descriptor,),
    )


def worker_child(config: Config, name: str) -> Child:
    """A worker process as the supervisor keeps it."""
    return Child(name=name, module=CHILD, arguments=("worker",), environ=child_environ(config))


def emulator_child(port: int) -> Child:
    """The sample's emulator as the supervisor keeps it."""
    return Child(name="emulator", module=COMMAND, arguments=("emulator", "--port", str(port)))


def free_port() -> int:
    """A port of this machine that nobody uses now. Kept the same for as long as the emulator may be restarted."""
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port
