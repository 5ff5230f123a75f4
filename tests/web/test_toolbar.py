"""The toolbar: what stands in an address becomes what is asked, and every choice is an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation
from web_cast import Cast, execute

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.period import Compare, Unit
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import create_project
from tropeiro.web.screens.analytics.toolbar import ChipKind, Toolbar, toolbar
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'


def asked(member: Member, query: str = "", **options: Any) -> Toolbar:
    request: Any = RequestFactory().get(f"/{query}")
    request.member = member
    return toolbar(request, **options)


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_without_a_word_it_is_the_last_week_beside_the_one_before(cast: Cast) -> None:
    bar = asked(cast.alice)
    assert (len(bar.period.buckets_by_day), bar.compare, bar.narrowed, bar.custom) == (
        7,
        Compare.PREVIOUS,
        False,
        False,
    )
    assert [option.label for option in bar.ranges if option.current] == ["Last 7 days"]
    assert bar.csv == "?format=csv"


def test_everything_that_is_chosen_comes_from_the_address(cast: Cast) -> None:
    project = create_project(cast.alice, "shop", name="The shop")
    save_workflow(cast.alice, "w", STEPS)
    ((workflow,),) = execute("SELECT id FROM tropeiro_workflow WHERE name = 'w'")
    bar = asked(
        cast.alice,
        f"?project={project}&workflow={workflow}&state=failed&trigger=schedule&version=3&range=28d&compare=year&format=csv",
    )
    scope = bar.scope
    assert (scope.project, scope.workflow, scope.version) == (project, UUID(str(workflow)), 3)
    assert (scope.status, scope.trigger) == (JobState.FAILED, "schedule")
    assert (bar.compare, bar.csv_wanted, bar.project, bar.period.unit) == (Compare.YEAR, True, "The shop", Unit.DAY)
    assert {chip.kind: chip.label for chip in bar.set_chips} == {
        ChipKind.STATUS: "failed", ChipKind.AUTOMATION: "w", ChipKind.TRIGGER: "schedule", ChipKind.VERSION: "3",
    }  # fmt: skip
    assert [chip.kind for chip in bar.open_chips] == [ChipKind.SERVICE]


@pytest.mark.parametrize(
    "query",
    [
        "?project=x&workflow=1&service=%00&state=odd&trigger=%27&version=-1&range=never&compare=all",
        "?range=custom&from=2026-13-45&to=",
        "?range=custom",
        "?project=00000000-0000-0000-0000-000000000001&workflow=00000000-0000-0000-0000-000000000001",
    ],
)
def test_what_cannot_be_read_or_is_not_there_is_as_if_it_were_not_said(cast: Cast, query: str) -> None:
    bar, plain = asked(cast.alice, query), asked(cast.alice)
    assert (bar.scope, bar.compare, bar.period.start) == (plain.scope, plain.compare, plain.period.start)
    assert not bar.narrowed


def test_a_project_of_another_organization_cannot_be_chosen(cast: Cast) -> None:
    project = create_project(cast.alice, "shop")
    bar = asked(cast.charlie, f"?project={project}")
    assert (bar.scope.project, bar.project) == (None, "")
    assert str(project) not in "".join(option.address for option in bar.projects)


def test_each_choice_keeps_the_others_and_goes_to_the_first_page(cast: Cast) -> None:
    project = create_project(cast.alice, "shop")
    bar = asked(cast.alice, f"?project={project}&state=failed&metric=p95&after=xyz&format=csv")
    address = next(option.address for option in bar.ranges if option.label == "Last 28 days")
    assert query_of(address) == {"project": str(project), "state": "failed", "metric": "p95", "range": "28d"}
    assert query_of(bar.set_chips[0].without) == {"project": str(project), "metric": "p95"}
    assert query_of(bar.clear) == {"metric": "p95"}
    assert dict(bar.hidden) == {"project": str(project), "state": "failed", "metric": "p95"}


def test_days_and_moments_are_by_the_readers_clock(cast: Cast) -> None:
    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        days = asked(cast.alice, "?range=custom&from=2026-11-01&to=2026-11-02")
        hour = asked(cast.alice, "?range=custom&from=2026-11-01T13:00&to=2026-11-01T14:00")
    assert days.period.start == datetime.fromisoformat("2026-11-01T03:00+00:00")
    assert days.period.end == datetime.fromisoformat("2026-11-03T03:00+00:00")
    assert (hour.period.start, hour.period.end) == (
        datetime.fromisoformat("2026-11-01T16:00+00:00"), datetime.fromisoformat("2026-11-01T17:00+00:00"),
    )  # fmt: skip
    assert (days.custom, days.first, days.range_label) == (True, "2026-11-01", "11/01/2026 – 11/02/2026")
    assert hour.range_label == "11/01/2026 13:00 – 14:00"


def test_a_page_of_one_project_has_no_menu_of_projects(cast: Cast) -> None:
    project, other = create_project(cast.alice, "shop"), create_project(cast.alice, "other")
    bar = asked(cast.alice, f"?project={other}", within=project, compare=None, csv=False)
    assert (bar.scope.project, bar.projects, bar.compares, bar.csv) == (project, (), (), "")
    assert bar.compare is Compare.NONE


def test_it_is_links_and_forms_and_names_are_written_as_text(cast: Cast) -> None:
    create_project(cast.alice, "shop", name="<b>Shop</b>")
    html = render_to_string("parts/toolbar.html", {"toolbar": asked(cast.alice, "?state=failed")})
    assert "&lt;b&gt;Shop" in html
    assert "<b>Shop" not in html
    assert 'href="?state=failed&amp;range=28d"' in html
    assert "Remove the filter Status: failed" in html
    with translation.override("pt-br"):
        assert "Todos os projetos" in render_to_string("parts/toolbar.html", {"toolbar": asked(cast.alice)})
