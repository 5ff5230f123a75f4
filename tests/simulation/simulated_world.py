"""One run: workers that are the product's own, a database that fails them, people who interfere; all from one seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from climate import climate
from end_of_run import check_end
from event_trace import Trace
from invariants import Broken
from network import FATES, Connection
from outside import Outside, is_poison
from random_workflows import INPUTS, approvals_in
from seeded_workflows import EPOCH_MS, HOUSE, NEIGHBOUR, Script, make_script
from simulated_database import Database
from virtual_loop import Idle, Process, Restless, Task, VirtualLoop
from worker_process import errors_are_told, work

from tropeiro.kernel.call_limits import Limit, LimitKind
from tropeiro.kernel.outcome import Done
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.paths import round_of
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import FINAL_JOB_STATES
from tropeiro.ports.queue import POISON_LIMIT, QueueUnavailable
from tropeiro.queues.memory_limits import Rule
from tropeiro.runtime.surroundings import Surroundings
from tropeiro.runtime.worker import Worker, WorkerOptions

LEASE_MS = 3_000
_FATES = FATES + ("cut after", "cut late") * 3
"""Not to know what came of an action is what most mistakes are made of."""
PATIENCE_SECONDS = 900.0
"""Virtual seconds after which a run that has not ended is stuck."""


class Running(msgspec.Struct):
    """A worker process that was not killed."""

    process: Process
    stop: asyncio.Event
    task: Task


class World:
    """Everything of one run."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.chance = random.random
        self.trace = Trace()
        self.loop = VirtualLoop(random)
        self._ids = count(0x1000)
        self.climate = climate(random)
        self.database = Database(self.loop, self.trace, begins_ms=EPOCH_MS, new_id=self.new_id, latency=self.latency)
        self.database.table.asked = self._asked
        self.database.table.is_poison = is_poison
        self.people = Process(self.loop, "people")
        self.processes: list[Process] = [self.database.process, self.people]
        self.running: list[Running] = []
        self.scripts: dict[UUID, Script] = {}
        self.starts: dict[UUID, Start] = {}
        self.forms: dict[UUID, dict[str, Any]] = {}
        self.cancelled: set[UUID] = set()
        self.meddled_with: set[UUID] = set()
        """Child jobs that somebody cancelled on their own: their parents see a failure."""
        self.killed: dict[tuple[UUID, int, int, int], int] = {}
        """How many workers each poison packet killed, by packet, step and its tries."""
        self.effects: dict[str, int] = {}
        """How often each key was seen by the world outside."""
        self._hired = 0
        self._stopping = False

    def run(self) -> None:
        """From the first job to the last. Raises `Broken` and what else went wrong."""
        with errors_are_told(self.complain):
            self._run()

    def _run(self) -> None:
        self._plan()
        try:
            self._until(self._all_over, "the jobs")
            self._stopping = True
            for one in self.running:
                one.process.later(0, one.stop.set)
            self._until(lambda: all(one.task.done() for one in self.running), "the workers")
            for error in self.loop.errors:
                if not isinstance(error, QueueUnavailable):
                    raise error
            check_end(self)
        finally:
            self.loop.dispose(self.processes)

    def complain(self, error: BaseException) -> None:
        """End the run with an error: here, since the worker in whose task it showed would deal with it."""
        self.people.later(0, _raise, error)

    def _until(self, over: Callable[[], bool], what: str) -> None:
        loop = self.loop

        def enough() -> bool:
            if loop.now > PATIENCE_SECONDS:
                raise Broken(f"{what} did not come to an end")
            return over()

        try:
            loop.run(enough)
        except Idle:
            raise Broken(f"{what} did not come to an end, and nothing will ever happen again") from None
        except Restless:
            raise Broken(f"{what} did not come to an end, and there is no rest") from None

    def _all_over(self) -> bool:
        jobs = self.database.table.jobs
        return len(self.starts) == self.climate.jobs and all(jobs[job].state in FINAL_JOB_STATES for job in self.starts)

    def new_id(self) -> UUID:
        return UUID(int=next(self._ids))

    # What is to come

    def _plan(self) -> None:
        climate, later, chance = self.climate, self.people.later, self.chance
        self._limit_calls()
        for _ in range(climate.workers):
            self.hire()
        for _ in range(climate.jobs):
            later(chance() * 4, self._start)
        for _ in range(climate.acts):
            later(chance() * climate.trouble_until, self._interfere)
        for _ in range(climate.jumps):
            later(chance() * climate.trouble_until, self._jump)
        for _ in range(climate.restarts):
            later(chance() * climate.trouble_until, self._restart)
        if climate.acts:
            later(climate.trouble_until + 5, self._resume_all)

    def _limit_calls(self) -> None:
        most, rate, limits = self.climate.most_calls, self.climate.calls_a_second, self.database.table.limits
        if most is not None:
            limit = Limit(id=self.new_id(), organization=HOUSE, kind=LimitKind.ORGANIZATION)
            limits.put(Rule(limit=limit, concurrency=most))
            self.database.invariants.most[limit.id] = most
        if rate is not None:
            limit = Limit(id=self.new_id(), organization=HOUSE, kind=LimitKind.ORGANIZATION, timed=True)
            limits.put(Rule(limit=limit, calls=rate, period_ms=1000, burst=2))

    def _start(self) -> None:
        script = make_script(self.random)
        start = Start(
            id=self.new_id(), organization=HOUSE if self.chance() < 0.7 else NEIGHBOUR, project=HOUSE, name="job",
            route=make_route(script.document), inputs=INPUTS, mock=self.chance() < 0.2,
        )  # fmt: skip
        self.scripts[start.id], self.starts[start.id] = script, start
        self.forms[start.id] = script.plan.forms(approvals_in(script.document))
        self.database.act("people", "start", lambda: self.database.table.start(start), (start.id,))

    def _interfere(self) -> None:
        table = self.database.table
        jobs = list(self.starts if self.chance() < 0.8 else table.jobs)
        if not jobs:
            return
        job = jobs[int(self.chance() * len(jobs))]
        what = self.chance()
        if what < 0.2:
            if self.database.act("people", "cancel", lambda: table.cancel(job), (job,)):
                (self.cancelled if job in self.starts else self.meddled_with).add(job)
        elif what < 0.6:
            self.database.act("people", "pause", lambda: table.pause(job), (job,))
            self.people.later(self.chance() * 4, self._resume, job)
        else:
            self._resume(job)

    def _resume(self, job: UUID) -> None:
        self.database.act("people", "resume", lambda: self.database.table.resume(job), (job,))

    def _resume_all(self) -> None:
        for job in self.starts:
            self._resume(job)

    def _asked(self, job: UUID, path: str) -> None:
        forms = self.forms.get(job, {})
        step = path.rpartition(".")[2]
        if step in forms:
            self.people.later(self.chance() * 3, self._approve, job, path, forms[step])

    def _approve(self, job: UUID, path: str, form: Any) -> None:
        self.database.act("people", "approve", lambda: self.database.table.approve(job, path, Done(form)), (job, path))

    def _jump(self) -> None:
        jump_ms = int(self.chance() * 40_000) - 10_000
        self.database.jumped_ms += jump_ms
        self.database.tell("database", "clock", jump_ms)

    # Workers

    def hire(self) -> None:
        """Start a worker process."""
        if self._stopping:
            return
        self._hired += 1
        process = Process(self.loop, f"worker{self._hired}")
        skew = self.chance() * 1000
        loop = self.loop
        surroundings = Surroundings(clock=lambda: loop.now + skew, chance=self.chance, new_id=self.new_id)
        connection = Connection(process, self.database, self)
        worker = Worker(
            queue=connection, store=connection, executor=Outside(self, process),
            callback_url=lambda packet, token: f"{packet.int}/{token}",
            options=WorkerOptions(slots=self.climate.slots, lease_ms=LEASE_MS, drain_seconds=2.0, name=process.name),
            surroundings=surroundings,
        )  # fmt: skip
        stop = asyncio.Event()
        self.processes.append(process)
        task = process.begin(work(worker, connection, stop))
        task.add_done_callback(self._ended, context=self.people.context)
        self.running.append(Running(process, stop, task))

    def _ended(self, task: Task) -> None:
        """A worker ended by itself: never with an error, and never before it is told to."""
        task.result()
        one = next(one for one in self.running if one.task is task)
        if not one.stop.is_set():
            raise Broken("a worker ended, and nobody had told it to")
        if not self._stopping:
            self.running.remove(one)
            one.process.kill()
            self._replace(one.process)

    def die(self, process: Process) -> None:
        """A worker process ends at once; another one is started soon."""
        process.kill()
        self.running = [one for one in self.running if one.process is not process]
        self._replace(process)

    def _replace(self, process: Process) -> None:
        self.database.unlead(process)
        self.database.listeners.pop(process, None)
        if not self._stopping:
            self.people.later(0.05 + self.chance() * 2, self.hire)

    def kill_by_poison(self, process: Process, packet: Packet) -> None:
        """A call that takes its process along."""
        step = packet.route.workflow.steps[packet.step]
        trial = (packet.id, step.n, round_of(packet, step), packet.failures)
        self.killed[trial] = self.killed.get(trial, 0) + 1
        self.database.tell(process.name, "! poison", packet.id)
        if self.killed[trial] > POISON_LIMIT:
            self.complain(Broken(f"poison packet {packet.id.int} was executed {self.killed[trial]} times"))
        self.die(process)

    def freeze(self, process: Process) -> None:
        """A worker process does nothing for a while, and then goes on as if nothing had been."""
        if process.frozen:
            return
        process.freeze()
        self.people.later(self.chance() * 3 * LEASE_MS / 1000, self._thaw, process)

    def _thaw(self, process: Process) -> None:
        self.database.tell(process.name, "! thaw")
        if not process.dead:
            process.thaw()

    def _restart(self) -> None:
        """Tell a worker to stop, as a new release does."""
        if self.running:
            one = self.running[int(self.chance() * len(self.running))]
            self.database.tell(one.process.name, "stop")
            one.process.later(0, one.stop.set)

    # Weather

    def fate(self, action: str) -> str | None:
        # Most actions of a run only ask whether there is anything to do. What changes something is where it hurts.
        trouble = self.climate.trouble * (4 if action == "settle" else 1)
        if self.chance() >= trouble or self.loop.now > self.climate.trouble_until:
            return None
        return _FATES[int(self.chance() * len(_FATES))]

    def latency(self) -> float:
        return 0.0002 + self.chance() * 0.004

    def has_large_values(self) -> bool:
        return self.chance() < 0.1

    def long(self) -> float:
        return 0.1 + self.chance() * 5


def _raise(error: BaseException) -> None:
    raise error
