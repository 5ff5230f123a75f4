"""Which addresses and ports services may reach.

A service's URL is chosen by whoever writes a workflow, and the worker that follows it stands inside the operator's
network. So only globally reachable addresses are allowed: IPv4 outside the IANA special-purpose registry
(RFC 6890 and successors), IPv6 inside 2000::/3 and outside its special-purpose parts. Addresses that carry an IPv4
address are judged by what they carry, or refused.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import msgspec

from tropeiro.kernel.errors import InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED_V4 = tuple(
    (ipaddress.IPv4Network(text), kind)
    for text, kind in (
        ("0.0.0.0/8", "an address of this machine or network"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a shared carrier address"),
        ("127.0.0.0/8", "a loopback address"),
        # Azure's wire server: registered as public, answers only inside a virtual machine.
        ("168.63.129.16/32", "a cloud provider's internal address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved or broadcast address"),
    )
)

_REFUSED_V6 = tuple(
    (ipaddress.IPv6Network(text), kind)
    for text, kind in (
        ("::/128", "the unspecified address"),
        ("::1/128", "the loopback address"),
        ("64:ff9b:1::/48", "a local translation address"),
        ("100::/64", "a discard address"),
        ("2001::/23", "a protocol assignment (Teredo and others)"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "an address for documentation"),
        ("5f00::/16", "a segment routing address"),
        ("fc00::/7", "a unique local address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

# Ports that browsers refuse (WHATWG Fetch, "bad port"), so that an HTTP request is never taken for a line of another
# protocol, and the usual ports of databases and brokers that speak no HTTP.
REFUSED_PORTS = frozenset(
    {0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109}
    | {110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530}
    | {531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190}
    | {5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
    | {445, 873, 1433, 1521, 1883, 2181, 3306, 3389, 4222, 5432, 5672, 6379, 6432, 9042, 9092, 11211, 27017}
)

_ENTRY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|(\*\.)?[A-Za-z0-9_.-]+)(:(?P<port>[0-9]{1,5}))?")


def why_refused(address: Address) -> str | None:
    """What kind of address it is when services may not reach it, ``None`` when they may."""
    if isinstance(address, ipaddress.IPv4Address):
        kind = next((kind for network, kind in _REFUSED_V4 if address in network), None)
        return kind or (None if address.is_global else "an address that is not public")
    if address.ipv4_mapped is not None:
        return why_refused(address.ipv4_mapped)
    if address in _NAT64:
        return why_refused(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    plain = ipaddress.IPv6Address(int(address))  # without a zone
    kind = next((kind for network, kind in _REFUSED_V6 if plain in network), None)
    return kind or (None if plain in _GLOBAL_UNICAST and plain.is_global else "an address that is not public")


class AllowedHosts(msgspec.Struct, frozen=True):
    """Private targets that the operator named. They are compared with the host as a URL writes it, never with an
    address that some name happens to resolve to.
    """

    entries: tuple[tuple[str, int | None], ...] = ()
    """Host (lower case; a leading ``*.`` stands for any subdomain) and port; ``None`` means any that is not refused."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowedHosts:
        """From texts like ``files.internal``, ``127.0.0.1:9100``, ``[::1]:80``. Raises `InvalidInput`."""
        parsed = []
        for text in entries:
            found = _ENTRY.fullmatch(text)
            port = int(found["port"]) if found and found["port"] else None
            if found is None or (port is not None and not 0 < port < 65_536):
                raise InvalidInput(
                    f"{text!r} is not a host that can be allowed.", hint="Write host or host:port, like 10.0.0.7:8080."
                )
            parsed.append((canonical_host(found["host"].strip("[]")), port))
        return cls(tuple(parsed))

    def names(self, host: str, port: int) -> bool:
        """Whether the operator allowed this host (canonical) on this port, though its address be private."""
        return any(_matches(entry, host) and self._port(allowed, port) for entry, allowed in self.entries)

    @staticmethod
    def _port(allowed: int | None, port: int) -> bool:
        return port not in REFUSED_PORTS if allowed is None else allowed == port


PUBLIC_ONLY = AllowedHosts()


def canonical_host(host: str) -> str:
    """Lower case, no dot at the end, addresses in their shortest form."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower().removesuffix(".")


def _matches(entry: str, host: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
