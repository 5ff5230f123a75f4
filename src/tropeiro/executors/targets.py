"""Reading a URL that somebody else wrote, strictly: one spelling a host, nothing hidden, nothing guessed."""

from __future__ import annotations

import ipaddress
import re

import httpx
import msgspec

from tropeiro.executors.addresses import REFUSED_PORTS, Address, AllowedHosts, canonical_host, why_refused
from tropeiro.ports.network import RequestError

MAX_URL = 8_000

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(:(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Target(msgspec.Struct, frozen=True):
    """A place that a request goes to."""

    scheme: str
    host: str
    """ASCII, canonical; an IPv6 address without brackets."""
    port: int
    path: bytes
    """Path and query as sent; begins with a slash."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must stay the same for credentials to be sent along (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def address(self) -> Address | None:
        """The address when the host is one, ``None`` when it is a name."""
        return literal_address(self.host)

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path.decode('ascii')}"


def literal_address(host: str) -> Address | None:
    """``host`` as an address, ``None`` when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def read_target(url: str, allowed: AllowedHosts, *, base: Target | None = None) -> Target:
    """The target of a URL; of a reference relative to ``base`` when that is given.

    Raises `RequestError` with ``invalid_url``, ``port_refused`` or ``address_refused``.
    """
    if len(url) > MAX_URL:
        raise _invalid(f"The URL has {len(url)} characters; {MAX_URL} are allowed.", "Send the data in the body.")
    try:
        parsed = httpx.URL(url) if base is None else httpx.URL(str(base)).join(url)
    except httpx.InvalidURL as error:
        raise _invalid(f"The URL cannot be read: {error}.", "Write it like https://example.com/path.") from None
    target = _target(parsed, url if base is None else str(parsed))
    if not allowed.names(target.host, target.port):
        _check(target)
    return target


def _target(parsed: httpx.URL, text: str) -> Target:
    parts = _URL.fullmatch(text)
    if parts is None or parts["scheme"].lower() not in _DEFAULT_PORTS:
        raise _invalid("The URL is neither http:// nor https://.", "Write it whole, like https://example.com/path.")
    if "@" in parts["authority"]:
        raise _invalid("The URL has a user name or password in it.", "Keep secrets in a credential.")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None or not authority["host"]:
        raise _invalid("The URL's host or port cannot be read.", "Write it like https://example.com:8443/path.")
    port = int(authority["port"]) if authority["port"] else _DEFAULT_PORTS[parsed.scheme]
    if port > 65_535:
        raise _invalid(f"There is no port {port}.", "Ports end at 65535.")
    return Target(parsed.scheme, _host(parsed), port, parsed.raw_path)


def _host(parsed: httpx.URL) -> str:
    host = canonical_host(parsed.raw_host.decode("ascii"))
    if literal_address(host) is not None:
        return host
    # An address written as 127.1, 0177.0.0.1 or 2130706433 is understood by resolvers and by nobody who reads it.
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        raise _invalid("The URL's host looks like an address but is not one.", "Write all four decimal parts.")
    if not _NAME.fullmatch(host):
        raise _invalid("The URL's host is not a name or an address.", "Write it like example.com.")
    return host


def _check(target: Target) -> None:
    if target.port in REFUSED_PORTS:
        raise RequestError(
            "port_refused",
            f"Port {target.port} belongs to another protocol and is not called over HTTP. Use the port of an HTTP "
            f"server, or ask the operator to add {target.host}:{target.port} to TROPEIRO_ALLOWED_PRIVATE_HOSTS.",
        )
    address = target.address
    kind = why_refused(address) if address is not None else None
    if kind is not None:
        raise address_refused(target.host, target.port, f"{target.host} is {kind}")


def address_refused(host: str, port: int, what: str) -> RequestError:
    """The error for an address that services may not reach."""
    shown = f"[{host}]" if ":" in host else host
    return RequestError(
        "address_refused",
        f"{what}, and services may only call public addresses. Use a public address, or ask the operator to add "
        f"{shown}:{port} to TROPEIRO_ALLOWED_PRIVATE_HOSTS.",
    )


def _invalid(what: str, hint: str) -> RequestError:
    return RequestError("invalid_url", f"{what} {hint}")
