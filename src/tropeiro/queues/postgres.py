"""The queue in PostgreSQL: `tropeiro.ports.queue.Queue` over the tables of ``sql/schema``."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from math import inf
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tropeiro.kernel.call_limits import Limit, LimitBook
from tropeiro.kernel.errors import NotFound, PacketTooLarge
from tropeiro.kernel.outcome import ErrorInfo, Fail, Joined, Outcome
from tropeiro.kernel.packet import Packet, Route
from tropeiro.kernel.route import read_route
from tropeiro.kernel.wire import (
    Arrived,
    ScopeBody,
    blobs_named,
    fill_packet,
    outcome_from,
    read_answer,
    read_arrived,
    read_body,
    read_scope,
    results_from,
    scope_from,
)
from tropeiro.ports.blobs import Blobs
from tropeiro.ports.queue import MANY, POISON_LIMIT, Leased, QueueUnavailable, Ready, Settlement, Span, Verdict
from tropeiro.postgres.direct import BINARY, TEXT, Direct, Prepared
from tropeiro.postgres.link import Ears, Link, heard
from tropeiro.queues.postgres_binary import array, times, uuids
from tropeiro.queues.postgres_rows import Row, Rows, rows_of
from tropeiro.sql import statement

log = logging.getLogger(__name__)

MAX_JOIN_BYTES = 256 * 1024 * 1024
"""What all branches of one split may bring together, in bytes of JSON."""

_LEASE = statement("queue", "lease")
_TYPES = ("tropeiro_send", "tropeiro_step_record")
_SETTLE = Prepared(
    "settle", statement("queue", "settle"),
    ("worker", "name", "lock", "sends", "settlements", "steps", "children", "jobs"),
)  # fmt: skip
_SETTLE_FORMATS = (TEXT, TEXT, BINARY, BINARY, TEXT, BINARY, TEXT, TEXT)
_GO_ON = Prepared("settle_alone", statement("queue", "go_on"), ("worker", "name", "send", "step"))
_GO_ON_FORMATS = (TEXT, TEXT, BINARY, BINARY)
_encode = msgspec.json.Encoder().encode

Texts = dict[tuple[UUID, str], str]
"""Texts of routes by organization and digest."""

_ROUTES = 1_000
_BLOB_BYTES = 64 * 1024 * 1024
_KNOWN_BLOBS = 10_000


class PostgresQueue:
    """Packets in PostgreSQL. One instance serves one worker process."""

    def __init__(self, link: Link, blobs: Blobs) -> None:
        self._link = link
        self._blobs = blobs
        self._direct = Direct(link, _TYPES)
        self._routes: OrderedDict[tuple[UUID, str], Route] = OrderedDict()
        self._values: OrderedDict[str, bytes] = OrderedDict()
        self._values_bytes = 0
        self._stored: OrderedDict[str, None] = OrderedDict()
        self._names: dict[UUID, str] = {}
        self._ready = asyncio.Event()
        self._taken = asyncio.Event()
        self._limits = LimitBook()
        self._limits_changed = True
        self._served_last = UUID(int=0)
        self._ears = Ears(
            link,
            {
                "tropeiro_ready": lambda _: self._ready.set(),
                "tropeiro_control": lambda _: self._taken.set(),
                "tropeiro_limit": lambda _: self.hear_of_limits(),
            },
        )

    async def start(self) -> None:
        """Begin to listen."""
        await self._ears.start()

    async def stop(self) -> None:
        await self._ears.stop()
        await self._direct.close()

    async def register(self, worker: UUID, name: str, slots: int, lease_ms: int) -> None:
        self._names[worker] = name
        await self._run(
            "register", id=worker, name=name, host=socket.gethostname(), pid=os.getpid(), version=version("tropeiro"),
            slots=slots, lease_ms=lease_ms,
        )  # fmt: skip

    async def lease(
        self, worker: UUID, limit: int, *, share: int = MANY, rooms: Mapping[UUID, int] = {}
    ) -> list[Leased]:
        await self._know_limits()
        params = {
            "worker": worker, "limit": limit, "most": MAX_JOIN_BYTES, "after": self._served_last, "share": share,
            "organizations": list(rooms), "rooms": list(rooms.values()),
        }  # fmt: skip
        rows = await self._link.rows(_LEASE, params)
        texts = await self._texts_of_routes({(row["organization_id"], row["route_digest"]) for row in rows})
        shared: dict[UUID, ScopeBody] = {}
        leased = []
        for row in rows:
            scope = read_scope(row["scope"]) if row["scope"] is not None else shared[row["join_id"]]
            if row["join_id"] is not None:
                shared[row["join_id"]] = scope
            packet = await self._read(worker, row, scope, texts)
            if packet is not None:
                leased.append(packet)
        if rows:
            # Whose turn it was last, going round from whose turn it was before.
            before = self._served_last.int
            self._served_last = max(
                (row["organization_id"] for row in rows), key=lambda served: (served.int - before - 1) % 2**128
            )
        return leased

    def limits_of(self, packet: Packet) -> tuple[UUID, ...]:
        return self._limits.of(packet)

    def hear_of_limits(self) -> None:
        """Limits were set, changed or removed: read them again before they are next needed."""
        self._limits_changed = True

    async def _know_limits(self) -> None:
        if self._limits_changed:
            self._limits_changed = False
            try:
                rows = await self._run("limits")
            except QueueUnavailable:
                self._limits_changed = True
                raise
            self._limits = LimitBook(msgspec.convert(rows, list[Limit]))

    async def extend(self, worker: UUID, lease_ms: int) -> set[UUID] | None:
        rows = await self._run("extend", worker=worker, lease_ms=lease_ms)
        return set(rows[0]["held"]) if rows else None

    async def held(self, worker: UUID) -> set[UUID]:
        return {row["id"] for row in await self._run("held", worker=worker)}

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        await self._run("release", worker=worker, ids=list(packets))
        await self._run("notify_ready")

    async def fault(self, worker: UUID, packet: UUID, token: int) -> None:
        await self._run("fault", worker=worker, packet=packet, token=token, limit=POISON_LIMIT)

    async def retire(self, worker: UUID, state: str) -> None:
        await self._run("worker_state", worker=worker, state=state)

    async def make_ready(self, settlement: Settlement) -> Ready:
        if self._limits_changed:
            await self._know_limits()
        limits = None
        if self._limits:
            limits = self._limits.borne_after(settlement.advance.command, settlement.leased.limits) or None
        rows = rows_of(settlement, limits)
        for name, data in rows.blobs.items():
            if name not in self._stored:
                await self._put(name, data)
        return Ready(settlement=settlement, parts=rows, packet=rows.packet, taken=tuple(rows.taken), size=rows.size)

    async def _put(self, name: str, data: bytes) -> None:
        try:
            await self._blobs.put(name, data)
        except OSError as error:
            # A full disk or a store that is away: the packet waits for it, as it does for the database.
            raise QueueUnavailable(f"A large value cannot be stored: {error}") from error
        _remember(self._stored, name, None, _KNOWN_BLOBS)

    async def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        if len(batch) == 1 and batch[0].parts.plain:
            return [await self._go_on(worker, batch[0])]
        send_type, record_type = await self._direct.types()
        sent = time.monotonic()
        lock: list[UUID] = []
        sends: list[bytes] = []
        settlements: list[Row] = []
        steps: list[bytes] = []
        children: list[Row] = []
        jobs: list[Row] = []
        for ready in batch:
            parts: Rows = ready.parts
            lock += parts.lock
            if parts.send is not None:
                sends.append(parts.send)
            else:
                settlements.append(parts.settlement)
            steps += [_record(part, span, sent) for part, span in zip(parts.steps, ready.settlement.spans, strict=True)]
            children += parts.children
            jobs += parts.jobs
        params = (
            str(worker).encode(), self._names[worker].encode(), uuids(lock),
            array(send_type, sends) if sends else None, _encode(settlements) if settlements else None,
            array(record_type, steps) if steps else None, _encode(children) if children else None,
            _encode(jobs) if jobs else None,
        )  # fmt: skip
        moment, some, refused, held = await self._direct.row(_SETTLE, params, _SETTLE_FORMATS)
        verdict = Verdict(accepted=True, now_ms=int(moment or b"0"), ready=some == b"t")
        if refused is None and held is None:
            return [verdict] * len(batch)
        exceptions = {**_exceptions(held, replace(verdict, held=True)), **_exceptions(refused, Verdict(accepted=False))}
        return [exceptions.get(ready.settlement.leased.packet.id, verdict) for ready in batch]

    async def _go_on(self, worker: UUID, ready: Ready) -> Verdict:
        """Settle a packet that is alone and plain, by a shorter way to the same rows."""
        parts: Rows = ready.parts
        record = _record(parts.steps[0], ready.settlement.spans[0], time.monotonic())
        params = (str(worker).encode(), self._names[worker].encode(), parts.send, record)
        moment, held = await self._direct.row(_GO_ON, params, _GO_ON_FORMATS)
        return Verdict(accepted=held is not None, held=held == b"t", now_ms=int(moment or b"0"))

    async def announce(self, jobs: Sequence[UUID]) -> None:
        await self._run("announce", jobs=list(jobs))

    async def progress(self, rows: Sequence[tuple[UUID, int, float, str]]) -> None:
        lines = [{"id": i, "token": token, "progress": share, "note": note} for i, token, share, note in rows]
        await self._run("progress", rows=_text(lines))

    async def wait_ready(self, timeout: float) -> None:
        if self._limits.timed:
            timeout = min(timeout, await self._next_token())
        await heard(self._ready, timeout)

    async def _next_token(self) -> float:
        """In how many seconds a call that waits for a rate may begin."""
        try:
            ms = (await self._run("next_token"))[0]["ms"]
        except QueueUnavailable:
            # Whoever asks next will hear of it.
            return inf
        return inf if ms is None else float(ms) / 1000

    async def wait_taken(self) -> None:
        await self._taken.wait()
        self._taken.clear()

    async def _run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return await self._link.rows(statement("queue", name), params)

    async def _read(self, worker: UUID, row: Row, scope: ScopeBody, texts: Texts) -> Leased | None:
        """The packet of a row. One that cannot be read is put off and must not keep others from being taken."""
        try:
            return await self._leased(row, scope, texts)
        except Exception:
            log.exception("packet %s of job %s cannot be read; it is put off", row["id"], row["job_id"])
            with suppress(QueueUnavailable):
                await self.fault(worker, row["id"], row["token"])
            return None

    async def _leased(self, row: Row, scope: ScopeBody, texts: Texts) -> Leased:
        body = read_body(row["body"])
        answer = read_answer(row["answer"]) if row["answer"] is not None else None
        arrived: list[Arrived] = read_arrived(row["results"]) if row["results"] is not None else []
        values: dict[str, Any] = {}
        refused: Fail | None = None
        for name in blobs_named(body, scope, answer, arrived):
            try:
                values[name] = msgspec.json.decode(await self._value(name))
            except NotFound as error:
                # It will not come back: the step fails, rather than the packet being tried for ever.
                values[name] = None
                refused = Fail(ErrorInfo(code=error.code, message=f"{error.message} {error.hint}".strip()))
        packet = Packet(
            id=row["id"], job=row["job_id"], organization=row["organization_id"], project=row["project_id"],
            route=self._route(row["organization_id"], row["route_digest"], texts), scope=scope_from(scope, values),
            step=body.step, attempt=row["attempt"], join=row["join_id"], branch=row["branch"],
            deadline_ms=row["deadline_ms"], started_ms=row["started_ms"], workflow_name=row["workflow_name"],
            priority=row["priority"], trace=row["trace"],
        )  # fmt: skip
        outcome: Outcome | None = None
        if answer is not None:
            outcome = outcome_from(answer, values)
        elif row["joined"]:
            outcome = Joined(results_from(arrived, values)) if arrived else _too_much()
        if refused is not None and not isinstance(outcome, Fail):
            outcome = refused
        return Leased(
            packet=fill_packet(packet, body, values), token=row["token"], answer=outcome, joined=row["joined"],
            caller=row["caller_id"], now_ms=row["now_ms"], since_ms=row["since_ms"], limits=tuple(row["limits"] or ()),
        )  # fmt: skip

    async def _texts_of_routes(self, keys: set[tuple[UUID, str]]) -> Texts:
        """The texts of the routes that are not known yet: many packets may come with a new one each."""
        unknown = keys - self._routes.keys()
        if not unknown:
            return {}
        for key in keys - unknown:
            # What this lease needs is not to make room for what it brings.
            self._routes.move_to_end(key)
        organizations, digests = zip(*unknown, strict=True)
        rows = await self._link.rows(
            statement("store", "routes"), {"organizations": list(organizations), "digests": list(digests)}
        )
        return {(row["organization_id"], row["digest"]): row["text"] for row in rows}

    def _route(self, organization: UUID, digest: str, texts: Texts) -> Route:
        key = (organization, digest)
        route = self._routes.get(key)
        if route is None:
            if key not in texts:
                raise NotFound(f"The steps {digest[:12]}… of a packet are not stored.")
            route = read_route(texts[key].encode())
        _remember(self._routes, key, route, _ROUTES)
        return route

    async def _value(self, name: str) -> bytes:
        """A large value as text: what is decoded belongs to one packet, whatever a service does to it."""
        known = self._values.get(name)
        if known is not None:
            self._values.move_to_end(name)
            return known
        text = await self._blobs.get(name)
        _remember(self._stored, name, None, _KNOWN_BLOBS)
        self._values[name] = text
        self._values_bytes += len(text)
        while self._values_bytes > _BLOB_BYTES:
            self._values_bytes -= len(self._values.popitem(last=False)[1])
        return text


def _record(parts: tuple[bytes, bytes], span: Span, sent: float) -> bytes:
    """A step's record, with how long before it is sent the step began and ended."""
    before, after = parts
    return b"".join((before, times(int((sent - span.began) * 1e6), int((sent - span.ended) * 1e6)), after))


def _too_much() -> Fail:
    error = PacketTooLarge(
        f"The branches of the split brought more than {MAX_JOIN_BYTES:,} bytes together.",
        hint="Let each of them keep its data and return a reference to it.",
    )
    return Fail(ErrorInfo(code=error.code, message=f"{error.message} {error.hint}"))


def _remember(cache: OrderedDict[Any, Any], key: Any, value: Any, limit: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > limit:
        cache.popitem(last=False)


def _text(rows: list[Row]) -> str:
    return _encode(rows).decode()


def _exceptions(array: bytes | None, verdict: Verdict) -> dict[UUID, Verdict]:
    """``verdict`` for each id of an array, as PostgreSQL writes it."""
    return {} if array is None else {UUID(text): verdict for text in array.decode()[1:-1].split(",")}
