"""Acts on many jobs: done to each once, whoever works, and told one by one."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from job_rows import end_job
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.accounts.models import Membership
from tropeiro.web.jobs import bulk as acting
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.bulk import Act, begin, stop, work
from tropeiro.web.jobs.bulk_desk import BulkDesk
from tropeiro.web.jobs.bulk_queries import bulk, items
from tropeiro.web.permissions import Role

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1"}])


def _jobs(cast: Cast, count: int = 3) -> list[tuple[UUID, str]]:
    return [(start_job(cast.alice, STEPS), "draft") for _ in range(count)]


def _states() -> list[str]:
    return [row[0] for row in execute("SELECT state FROM tropeiro_job ORDER BY id")]


def test_every_job_is_cancelled_and_what_could_not_be_says_why(cast: Cast) -> None:
    jobs = _jobs(cast)
    end_job(jobs[1][0], "succeeded")
    made = begin(cast.alice, Act.CANCEL, jobs)
    assert bulk(cast.bob, made).state == "running"
    while work():
        pass
    assert _states() == ["cancelled", "succeeded", "cancelled"]
    told = bulk(cast.bob, made)
    assert (told.state, told.total, told.done, told.refused, told.percent) == ("done", 3, 2, 1, 100)
    (refused,) = items(cast.bob, made, refused_only=True)
    assert (refused.job, refused.code) == (jobs[1][0], "conflict")
    assert "succeeded" in refused.message


def test_retry_and_rerun_name_the_new_jobs(cast: Cast) -> None:
    jobs = _jobs(cast, 2)
    for job, _ in jobs:
        end_job(job, "failed", error={"code": "x", "message": "x"})
    for act in (Act.RETRY, Act.RERUN):
        made = begin(cast.alice, act, jobs)
        while work():
            pass
        new = [item.new_job for item in items(cast.alice, made)]
        assert execute("SELECT rerun_of_id FROM tropeiro_job WHERE id = ANY (%s) ORDER BY id", [new]) == [
            (job,) for job, _ in jobs
        ]


def test_each_job_is_done_once_although_two_begin_the_same(cast: Cast) -> None:
    jobs = _jobs(cast, 2)
    first, second = begin(cast.alice, Act.PAUSE, jobs), begin(cast.alice, Act.PAUSE, jobs)
    while work():
        pass
    done = [bulk(cast.alice, made).done + bulk(cast.alice, made).refused for made in (first, second)]
    assert done == [2, 2]
    assert sum(bulk(cast.alice, made).done for made in (first, second)) == 2
    assert execute("SELECT count(*) FROM tropeiro_audit WHERE verb = 'job.pause' AND object_type = 'job'") == [(2,)]


def test_stopping_leaves_the_rest_and_says_so(cast: Cast) -> None:
    made = begin(cast.alice, Act.CANCEL, _jobs(cast))
    assert work()
    stop(cast.alice, made)
    assert not work()
    assert _states() == ["cancelled", "queued", "queued"]
    told = bulk(cast.alice, made)
    assert (told.state, told.done, told.left) == ("stopped", 1, 2)
    with pytest.raises(Conflict):
        stop(cast.alice, made)


def test_who_loses_the_role_meanwhile_does_nothing_more(cast: Cast) -> None:
    add_member(cast.alice, "bob@example.org", Role.OPERATOR)
    bob = acting.member_door(cast.bob.user or 0, "acme")
    made = begin(bob, Act.CANCEL, _jobs(cast))
    assert work()
    add_member(cast.alice, "bob@example.org", Role.VIEWER)
    assert work()
    Membership.objects.filter(user_id=cast.bob.user).delete()
    assert work()
    assert _states() == ["cancelled", "queued", "queued"]
    assert [item.code for item in items(cast.alice, made)] == ["", "forbidden", "not_found"]


def test_a_viewer_begins_and_stops_nothing(cast: Cast) -> None:
    jobs = _jobs(cast)
    with pytest.raises(Forbidden):
        begin(cast.bob, Act.CANCEL, jobs)
    made = begin(cast.alice, Act.CANCEL, jobs)
    with pytest.raises(Forbidden):
        stop(cast.bob, made)
    assert bulk(cast.alice, made).state == "running"


def test_another_organizations_jobs_are_not_touched_and_its_acts_not_seen(cast: Cast, nobody: UUID) -> None:
    jobs = _jobs(cast)
    made = begin(cast.charlie, Act.CANCEL, [*jobs, (nobody, "none")])
    while work():
        pass
    assert _states() == ["queued"] * 3
    told = items(cast.charlie, made)
    assert {item.code for item in told} == {"not_found"}
    assert len({item.message.replace(str(item.job), "…") for item in told}) == 1
    for read in (lambda: bulk(cast.alice, made), lambda: items(cast.alice, made), lambda: stop(cast.alice, made)):
        with pytest.raises(NotFound):
            read()


def test_none_and_too_many_are_refused(cast: Cast, nobody: UUID) -> None:
    with pytest.raises(InvalidInput):
        begin(cast.alice, Act.CANCEL, [])
    with pytest.raises(InvalidInput):
        begin(cast.alice, Act.CANCEL, [(nobody, "")] * 10_001)


def test_those_who_come_later_do_not_wait_for_a_large_one(cast: Cast) -> None:
    large = begin(cast.alice, Act.CANCEL, _jobs(cast, 5))
    small = begin(cast.charlie, Act.CANCEL, [(start_job(cast.charlie, STEPS), "draft")])
    for _ in range(3):
        work()
    assert bulk(cast.charlie, small).state == "done"
    assert bulk(cast.alice, large).state == "running"


@pytest.mark.django_db(transaction=True)
def test_the_desk_works_by_itself_until_nothing_is_left(cast: Cast) -> None:
    made = begin(cast.alice, Act.CANCEL, _jobs(cast))
    desk = BulkDesk()
    desk.wake()
    assert desk.wait(20)
    assert bulk(cast.alice, made).state == "done"
    again = begin(cast.alice, Act.RERUN, [(item.job, item.name) for item in items(cast.alice, made)])
    desk.wake()
    assert desk.wait(20)
    assert bulk(cast.alice, again).done == 3
