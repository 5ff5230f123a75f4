"""Taking the port before anything else starts, so that a port in use is known at once and nothing waits for it."""

from __future__ import annotations

import errno
import os
import socket

from tropeiro.kernel.errors import PlatformUnavailable

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises `PlatformUnavailable`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as problem:
        raise PlatformUnavailable(
            f"The host {host!r} is not an address of this machine: {problem.strerror}.",
            hint="Set TROPEIRO_HOST to one, for example 127.0.0.1.",
        ) from problem
    listener = socket.socket(family, kind, protocol)
    try:
        # A port that was just left may be taken at once; one that is in use still may not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise PlatformUnavailable(_sentence(host, port, problem), hint=_hint(port, problem)) from problem
    return listener


def _sentence(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program."
    if problem.errno == errno.EACCES:
        return f"This user may not open port {port}."
    return f"Port {port} on {host} cannot be opened: {os.strerror(problem.errno or 0)}."


def _hint(port: int, problem: OSError) -> str:
    other = port + 1 if port < 65_535 else 8420
    if problem.errno == errno.EADDRNOTAVAIL:
        return "TROPEIRO_HOST must be an address of this machine, for example 127.0.0.1."
    return f"Choose another one, for example: TROPEIRO_PORT={other if other > 1024 else 8420} tropeiro up"
