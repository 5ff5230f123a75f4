"""What must be so when a run is over: nothing is left, and every job gave what the naive interpreter says it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from invariants import Broken
from random_workflows import INPUTS, blurred
from reference_interpreter import Interpreter, Ran
from seeded_workflows import CHILD_SAYS, Script

from tropeiro.kernel.commands import StepRecord
from tropeiro.kernel.keys import idempotency_key
from tropeiro.kernel.states import JobState, StepState
from tropeiro.kernel.workflow import Kind
from tropeiro.queues.memory_table import Job

if TYPE_CHECKING:
    from simulated_world import World


def check_end(world: World) -> None:
    """Look at everything once more. Raises `Broken`."""
    table = world.database.table
    rest = [f"packet {entry.packet.id.int} is {entry.state}" for entry in table.entries.values()]
    rest += [f"join {join.int}" for join in table.meetings]
    if rest:
        raise Broken(f"left behind: {', '.join(rest)}")
    records: dict[UUID, list[StepRecord]] = {}
    for job, record in table.steps:
        records.setdefault(job, []).append(record)
    for job_id, job in table.jobs.items():
        made = records.get(job_id, [])
        _check_effects(world, job_id, job, made)
        if job_id in world.cancelled:
            if job.state is not JobState.CANCELLED:
                raise Broken(f"job {job_id.int} was cancelled and is {job.state}")
        elif job_id in world.scripts:
            if job.state is JobState.CANCELLED:
                raise Broken(f"job {job_id.int} is cancelled, and nobody asked for that")
            if _is_certain(world, job_id):
                _check_result(world, job_id, job, made)
        elif job_id in world.meddled_with:
            if job.state is not JobState.CANCELLED:
                raise Broken(f"child job {job_id.int} was cancelled and is {job.state}")
        elif job.state is JobState.SUCCEEDED and job.output != CHILD_SAYS:
            raise Broken(f"child job {job_id.int} gave {job.output}")


def _check_effects(world: World, job_id: UUID, job: Job, records: list[StepRecord]) -> None:
    steps = job.start.route.workflow.steps
    for record in records:
        step = steps[record.n]
        if record.state is not StepState.SUCCEEDED or record.reused or step.kind is not Kind.CALL:
            continue
        script = world.scripts.get(job_id)
        if script is not None and script.is_automation(step.id):
            continue
        if record.billed != step.service:
            raise Broken(f"step {record.path} of job {job_id.int} called a service, and that is not billed")
        whole_list = step.foreach is not None and not record.path.endswith("]")
        if not whole_list and not world.effects.get(idempotency_key(job_id, record.path)):
            raise Broken(f"step {record.path} of job {job_id.int} succeeded, and nothing was ever called")


def _is_certain(world: World, job_id: UUID) -> bool:
    """Whether what the job gives follows from its workflow alone."""
    table = world.database.table
    family = {job_id}
    for child, job in table.jobs.items():
        if job.start.parent_job in family:
            family.add(child)
    if family & table.quarantined or family & world.meddled_with or world.scripts[job_id].timed:
        return False
    # Approvals that stay unanswered time out; when the clock jumps, so may those that are answered.
    return not (world.climate.jumps and world.forms[job_id])


def _check_result(world: World, job_id: UUID, job: Job, records: list[StepRecord]) -> None:
    script = world.scripts[job_id]
    ran = _interpreted(world, job_id, script, mock=job.start.mock)
    got: Any = (job.state.value, blurred(job.output), None if job.error is None else (job.error.code, job.error.path))
    said: Any = (ran.state, blurred(ran.output), ran.error)
    if got != said:
        raise Broken(f"job {job_id.int} gave {got}, and should have given {said}")
    history = _numbered(records)
    for place, state in history.items():
        if state == StepState.CANCELLED:
            if not _below(place[0], ran.cut):
                raise Broken(f"{place} of job {job_id.int} is cancelled for no reason")
        elif ran.history.get(place) != state:
            raise Broken(f"{place} of job {job_id.int} {state}, and should have {ran.history.get(place)}")
    for place, state in ran.history.items():
        if history.get(place) != state and not _below(place[0], ran.cut):
            raise Broken(f"{place} of job {job_id.int} {history.get(place)}, and should have {state}")


def _interpreted(world: World, job_id: UUID, script: Script, *, mock: bool) -> Ran:
    merges = world.database.table.merges
    return Interpreter(
        script.document, script.say, lambda *place: merges.get((job_id, *place)),
        inputs=INPUTS, forms=world.forms[job_id], mock=mock,
    ).run()  # fmt: skip


def _numbered(records: list[StepRecord]) -> dict[tuple[str, int, int], str]:
    """States by path, round and try. Lost workers count as attempts and leave no record: the numbers close up."""
    tries: dict[tuple[str, int], int] = {}
    history = {}
    for record in sorted(records, key=lambda one: one.attempt):
        step = (record.path, record.round)
        tries[step] = tries.get(step, 0) + 1
        history[(*step, tries[step])] = record.state.value
    return history


def _below(path: str, splits: set[str]) -> bool:
    return any(path.startswith((f"{split}.", f"{split}[")) for split in splits)
