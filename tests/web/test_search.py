"""The search box: what it finds, for whom."""

from __future__ import annotations

import json

import pytest
from web_cast import Cast

from tropeiro.web.finding.queries import find
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.projects.actions import create_project
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps({"name": "night-shift", "steps": [{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]})


@pytest.fixture
def filled(cast: Cast) -> Cast:
    """An organization with one of each kind that is called by the night."""
    create_project(cast.alice, "night", "Night")
    save_workflow(cast.alice, "night-shift", STEPS)
    create_trigger(cast.alice, Wanted(name="nightly", target="night-shift", cron="30 2 * * *", zone="UTC"))
    start_job(cast.alice, STEPS)
    return cast


def test_things_of_every_kind_are_found_by_a_part_of_their_name(filled: Cast) -> None:
    assert {found.kind for found in find(filled.alice, "NIGHT")} == {"project", "workflow", "trigger", "job"}


def test_an_outsider_finds_nothing_of_it(filled: Cast) -> None:
    assert find(filled.charlie, "night") == ()


def test_no_words_find_nothing_and_signs_of_patterns_mean_themselves(filled: Cast) -> None:
    assert find(filled.alice, "   ") == ()
    assert find(filled.alice, "n%t") == ()
    assert find(filled.alice, "night_shift") == ()


def test_a_job_is_found_by_the_beginning_of_its_id(filled: Cast) -> None:
    job = start_job(filled.alice, STEPS)
    assert str(job) in {found.id for found in find(filled.alice, str(job)[:13])}
    assert [found.id for found in find(filled.alice, str(job))] == [str(job)]


def test_the_box_gets_a_list_and_a_browser_without_scripts_a_page(filled: Cast) -> None:
    client = filled.client(filled.alice)
    box = client.get("/search?q=night", headers={"HX-Request": "true"}).content.decode()
    assert box.lstrip().startswith("<li")
    assert 'href="/projects/night"' in box
    page = client.get("/search?q=dash").content.decode()
    assert "<html" in page
    assert 'href="/"' in page
