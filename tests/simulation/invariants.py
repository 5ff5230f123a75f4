"""What must hold after every action, whatever happened before: read from the tables alone, without the queue's help."""

from __future__ import annotations

from uuid import UUID

from tropeiro.kernel.commands import Send
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState, StepState, can_become
from tropeiro.ports.queue import Leased, Ready
from tropeiro.queues.memory_table import Entry, MemoryTable

PACKET_STATES = frozenset({"ready", "leased", "delayed", "waiting", "parked", "blocked"})
_UNTAKEN = (0, "", None, False)


class Broken(AssertionError):
    """A promise was not kept."""


class Invariants:
    """Looks at the tables after every action, and remembers what it saw."""

    def __init__(self, table: MemoryTable) -> None:
        self._table = table
        self._seen: dict[UUID, tuple[int, str, UUID | None, bool]] = {}
        """Of every packet: token, state, worker and hold."""
        self._jobs: dict[UUID, JobState] = {}
        self._recorded = 0
        self._succeeded: set[tuple[UUID, str, int]] = set()
        self._attempts: set[tuple[UUID, str, int, int]] = set()
        self._billed: set[tuple[UUID, str, int]] = set()
        self.most: dict[UUID, int] = {}
        """How many calls may be under way at once, by limit."""
        self._granted: dict[tuple[UUID, int], UUID] = {}
        """By packet and token: the one worker that was ever given them."""

    # What is said by those who act

    def leased(self, worker: UUID, leased: list[Leased], limit: int) -> None:
        """A lease was answered with these packets."""
        if len(leased) > limit:
            raise Broken(f"{len(leased)} packets were leased where {limit} were asked for")
        for one in leased:
            state = self._jobs[one.packet.job]
            if state is JobState.PAUSED or state in FINAL_JOB_STATES:
                raise Broken(f"a packet of a job that is {state} was leased: {one.packet.id}")
            self._grant(worker, one.packet.id, one.token)

    def settled(self, worker: UUID, ready: Ready, *, held: bool) -> None:
        """A settlement was accepted."""
        leased = ready.settlement.leased
        if self._seen.get(leased.packet.id, _UNTAKEN)[:3] != (leased.token, "leased", worker):
            raise Broken(f"a settlement under token {leased.token} of packet {leased.packet.id.int} was accepted late")
        if held:
            return
        # Another settlement of the same batch may have taken all of them away again. The worker will hear of that.
        command = ready.settlement.advance.command
        if isinstance(command, Send) and command.delay_ms == 0:
            self._grant(worker, leased.packet.id, leased.token + 1)
        for branch in ready.taken:
            self._grant(worker, branch.packet.id, branch.token)

    def holder(self, packet: UUID, token: int) -> UUID | None:
        """Who was given this packet under this token, now or earlier."""
        return self._granted.get((packet, token))

    def _grant(self, worker: UUID, packet: UUID, token: int) -> None:
        if (packet, token) in self._granted:
            raise Broken(f"packet {packet.int} was given out twice under token {token}")
        self._granted[packet, token] = worker

    # What the tables say

    def check(self) -> None:
        """Look at everything. Raises `Broken`."""
        self._check_jobs()
        self._check_steps()
        self._check_packets()

    def _check_jobs(self) -> None:
        seen = self._jobs
        for job_id, job in self._table.jobs.items():
            before = seen.get(job_id)
            if before is not job.state:
                if before is not None and not can_become(before, job.state):
                    raise Broken(f"job {job_id.int} became {job.state}, and it was {before}")
                seen[job_id] = job.state

    def _check_steps(self) -> None:
        steps = self._table.steps
        while self._recorded < len(steps):
            job, record = steps[self._recorded]
            self._recorded += 1
            step = (job, record.path, record.round)
            if record.state is StepState.SUCCEEDED:
                if step in self._succeeded:
                    raise Broken(f"step {record.path} (round {record.round}) of job {job.int} succeeded twice")
                self._succeeded.add(step)
            if record.billed is not None:
                if step in self._billed:
                    raise Broken(f"step {record.path} (round {record.round}) of job {job.int} is billed twice")
                self._billed.add(step)
            attempt = (*step, record.attempt)
            if attempt in self._attempts and record.state is not StepState.CANCELLED:
                raise Broken(f"attempt {record.attempt} of step {record.path} of job {job.int} is recorded twice")
            self._attempts.add(attempt)

    def _check_packets(self) -> None:
        table, seen = self._table, {}
        entries, meetings, jobs, before = table.entries, table.meetings, table.jobs, self._seen
        branches: dict[UUID, int] = {}
        moving: dict[UUID, int] = {}
        under_way: dict[UUID, int] = {}
        roots = 0
        for packet_id, entry in entries.items():
            state = entry.state
            seen[packet_id] = now = (entry.token, state, entry.worker, entry.hold)
            join = entry.packet.join
            if join is None:
                roots += 1
            else:
                branches[join] = branches.get(join, 0) + 1
                if state != "blocked":
                    moving[join] = moving.get(join, 0) + 1
            if entry.limits and state != "ready":
                for limit in entry.limits:
                    under_way[limit] = under_way.get(limit, 0) + 1
            was = before.get(packet_id)
            if was == now and state != "parked":
                continue
            self._check_packet(entry, was)
        for join_id, meeting in meetings.items():
            parent = entries.get(join_id)
            if parent is None or not (parent.state == "parked" or parent.joined):
                raise Broken(f"a join without its parked packet: {join_id.int}")
            arrived = len(meeting.results)
            moves = branches.pop(join_id, 0)
            if arrived > meeting.total:
                raise Broken(f"{arrived} of {meeting.total} branches of {join_id.int} arrived")
            if parent.joined:
                if moves:
                    raise Broken(f"{moves} branches of {join_id.int} outlived their join")
            elif arrived + moves != meeting.total:
                raise Broken(f"{arrived} branches of {join_id.int} arrived, {moves} are under way, of {meeting.total}")
            elif meeting.concurrency is not None and moving.get(join_id, 0) > meeting.concurrency:
                raise Broken(f"more than {meeting.concurrency} branches of {join_id.int} are under way")
        if branches:
            raise Broken(f"branches without a join: {[join.int for join in branches]}")
        going_on = sum(job.state not in FINAL_JOB_STATES for job in jobs.values())
        if roots != going_on:
            raise Broken(f"{going_on} jobs are not over, and {roots} packets of their own are there")
        for limit, count in under_way.items():
            if count > self.most.get(limit, count):
                raise Broken(f"{count} calls are under way under a limit of {self.most[limit]}")
        self._seen = seen

    def _check_packet(self, entry: Entry, was: tuple[int, str, UUID | None, bool] | None) -> None:
        name, state = entry.packet.id.int, entry.state
        if state not in PACKET_STATES:
            raise Broken(f"packet {name} is {state}, which is no state")
        if (state == "leased") != (entry.worker is not None):
            raise Broken(f"packet {name} is {state} and its worker is {entry.worker}")
        if self._jobs[entry.packet.job] in FINAL_JOB_STATES:
            raise Broken(f"packet {name} outlived its job")
        if was is not None:
            self._check_change(entry, was)
        if state == "parked" and entry.packet.id not in self._table.meetings:
            self._check_caller(entry)

    def _check_change(self, entry: Entry, was: tuple[int, str, UUID | None, bool]) -> None:
        name, state, (token, before, worker, hold) = entry.packet.id.int, entry.state, was
        if entry.token < token:
            raise Broken(f"the token of packet {name} fell from {token} to {entry.token}")
        if state == "leased" and before == "leased" and entry.token == token and entry.worker != worker:
            raise Broken(f"packet {name} went from one worker to another under one token")
        if state == "leased" and before != "leased" and hold:
            raise Broken(f"packet {name} is on hold and was leased")
        if state == "leased" and before != "leased" and entry.token == token:
            raise Broken(f"packet {name} was leased under its old token")

    def _check_caller(self, entry: Entry) -> None:
        for job in self._table.jobs.values():
            if job.start.parent_packet == entry.packet.id and job.state not in FINAL_JOB_STATES:
                return
        raise Broken(f"packet {entry.packet.id.int} is parked and nobody will wake it")
