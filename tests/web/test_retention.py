"""How long an organization keeps its history."""

from __future__ import annotations

import pytest
from web_cast import Cast, execute

from tropeiro.kernel.errors import Forbidden, InvalidInput
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.retention.actions import set_retention
from tropeiro.web.retention.queries import retention

pytestmark = pytest.mark.django_db


def test_without_a_wish_everything_is_kept_as_long_as_the_operator_keeps_it(cast: Cast) -> None:
    kept = retention(cast.alice)
    assert (kept.job_days, kept.log_days, kept.jobs, kept.logs) == (None, None, kept.most_days, kept.most_days)


def test_an_organization_keeps_less_and_lines_no_longer_than_their_jobs(cast: Cast) -> None:
    set_retention(cast.alice, job_days=30, log_days=None)
    assert (retention(cast.alice).jobs, retention(cast.alice).logs) == (30, 30)
    set_retention(cast.alice, job_days=30, log_days=7)
    assert (retention(cast.alice).jobs, retention(cast.alice).logs) == (30, 7)
    assert retention(cast.charlie).jobs == retention(cast.charlie).most_days
    acts = recent_acts(cast.alice)
    assert [act.verb for act in acts[:2]] == ["retention.set", "retention.set"]


@pytest.mark.parametrize(
    ("jobs", "lines", "field"),
    [
        (0, None, "job_days"),
        (-1, None, "job_days"),
        (99_999, None, "job_days"),
        (None, 0, "log_days"),
        (7, 8, "log_days"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    cast: Cast, jobs: int | None, lines: int | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_retention(cast.alice, job_days=jobs, log_days=lines)
    assert refused.value.details == {"field": field}
    assert execute("SELECT count(*) FROM tropeiro_retention") == [(0,)]


def test_only_an_admin_decides(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        set_retention(cast.bob, job_days=7, log_days=None)
