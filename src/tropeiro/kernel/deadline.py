"""By when."""

from __future__ import annotations

from tropeiro.kernel.packet import Packet


def packet_deadline(packet: Packet) -> int | None:
    """When the first of everything around the packet's present step times out, Unix milliseconds."""
    if not packet.groups:
        return packet.deadline_ms
    known = [group.deadline_ms for group in packet.groups.values() if group.deadline_ms is not None]
    if packet.deadline_ms is not None:
        known.append(packet.deadline_ms)
    return min(known, default=None)
