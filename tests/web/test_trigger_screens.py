"""The pages of triggers: what they show, what their forms do, and who may use them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from job_rows import end_job
from web_cast import Cast, execute

from tropeiro.web.projects.actions import archive_project, create_project
from tropeiro.web.screens.triggers.words import cron_words, interval_words
from tropeiro.web.triggers import actions, queries
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
FORM = {
    "name": "nightly",
    "target": "w",
    "project": "",
    "cron": "30 2 * * *",
    "every": "",
    "zone": "America/Sao_Paulo",
    "start": "",
    "end": "",
    "overlap": "skip",
    "catch_up": "latest",
    "grace": "1d",
    "inputs": '{"n": 1}',
}
HOSTILE = "<script>alert(1)</script>"


def _text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def nightly(cast: Cast) -> UUID:
    save_workflow(cast.alice, "w", STEPS)
    return actions.create_trigger(cast.alice, Wanted(name="nightly", target="w", cron="30 2 * * *"))


@pytest.mark.django_db
def test_a_trigger_is_made_with_the_form_and_found_in_the_list(cast: Cast) -> None:
    save_workflow(cast.alice, "w", STEPS)
    client = cast.client(cast.alice)
    assert "No trigger yet." in _text(client.get("/triggers"))
    response = client.post("/triggers/new", {**FORM, "do": "save"})
    (row,) = queries.list_triggers(cast.alice)
    assert response.headers["Location"] == f"/triggers/{row.id}"
    page = _text(client.get("/triggers"))
    assert "nightly" in page
    assert "every day at 02:30" in page
    assert "America/Sao_Paulo" in page
    assert queries.trigger(cast.alice, row.id).inputs == {"n": 1}


@pytest.mark.django_db
def test_the_preview_shows_the_next_five_times_and_saves_nothing(cast: Cast) -> None:
    save_workflow(cast.alice, "w", STEPS)
    response = cast.client(cast.alice).post("/triggers/new", {**FORM, "do": "preview"})
    assert response.status_code == 200
    assert _text(response).count("02:30:00 -03") == 5
    assert 'value="nightly"' in _text(response)
    assert queries.list_triggers(cast.alice) == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cron": "every day"}, "five"),
        ({"every": "soon", "cron": ""}, "duration"),
        ({"inputs": "{"}, "not JSON"),
        ({"target": "nothing"}, "Write project/nothing"),
        ({"zone": HOSTILE}, "time zone"),
        ({"start": "tomorrow"}, "date and time"),
        ({"overlap": "explode"}, "choice"),
        ({"name": HOSTILE}, "name"),
        ({"catch_up": "all"}, "queue"),
    ],
)
def test_what_the_form_cannot_save_it_shows_again_with_the_reason(
    cast: Cast, change: dict[str, str], said: str
) -> None:
    save_workflow(cast.alice, "w", STEPS)
    response = cast.client(cast.alice).post("/triggers/new", {**FORM, **change})
    assert response.status_code == 400
    assert said in _text(response)
    assert HOSTILE not in _text(response)
    assert "30 2 * * *" in _text(response) or "cron" in change
    assert queries.list_triggers(cast.alice) == ()


@pytest.mark.django_db
def test_the_form_of_a_trigger_shows_what_it_is_and_changes_it(cast: Cast, nightly: UUID) -> None:
    client = cast.client(cast.alice)
    page = _text(client.get(f"/triggers/{nightly}/edit"))
    assert 'value="30 2 * * *"' in page
    response = client.post(
        f"/triggers/{nightly}/edit",
        {**FORM, "name": "often", "cron": "", "every": "90m", "overlap": "queue", "start": "2099-01-01T08:00"},
    )
    assert response.status_code == 302
    found = queries.trigger(cast.alice, nightly)
    assert (found.name, found.every_ms, found.overlap) == ("often", 5_400_000, "queue")
    assert found.start is not None
    assert found.start.isoformat() == "2099-01-01T11:00:00+00:00"
    assert 'value="2099-01-01T08:00"' in _text(client.get(f"/triggers/{nightly}/edit"))


@pytest.mark.django_db
def test_the_page_of_a_trigger_turns_it_off_and_on_runs_and_deletes_it(cast: Cast, nightly: UUID) -> None:
    client = cast.client(cast.alice)
    assert _text(client.get(f"/triggers/{nightly}")).count("02:30:00 UTC") == 5
    client.post(f"/triggers/{nightly}/disable")
    assert "Turn on" in _text(client.get(f"/triggers/{nightly}"))
    client.post(f"/triggers/{nightly}/enable")
    job = client.post(f"/triggers/{nightly}/run").headers["Location"]
    assert f"/triggers/{nightly}" in _text(client.get(job))
    assert job in _text(client.get(f"/triggers/{nightly}"))
    assert client.post(f"/triggers/{nightly}/delete").headers["Location"] == "/triggers"
    assert client.get(f"/triggers/{nightly}").status_code == 404
    assert client.get(job).status_code == 200


@pytest.mark.django_db
def test_a_paused_trigger_says_why(cast: Cast, nightly: UUID) -> None:
    execute(
        "UPDATE tropeiro_trigger SET enabled = false, next_at = NULL, failures = 5, paused = %s",
        [json.dumps({"code": "not_found", "message": f"`w` was removed. {HOSTILE}"})],
    )
    execute(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome, missed, error)"
        ' VALUES (%s, now(), %s, \'failed\', 24, \'{"code": "x", "message": "gone"}\')',
        [nightly, cast.alice.organization],
    )
    page = _text(cast.client(cast.bob).get(f"/triggers/{nightly}"))
    assert "5 failures in a row." in page
    assert "24+ before it missed" in page
    assert HOSTILE not in page
    assert "was removed" in _text(cast.client(cast.bob).get("/triggers"))


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["", "/edit", "/enable", "/disable", "/run", "/delete"])
def test_another_organization_and_a_viewer_get_no_further_than_they_may(
    cast: Cast, nightly: UUID, nobody: UUID, act: str
) -> None:
    charlie, bob = cast.client(cast.charlie), cast.client(cast.bob)
    answers = []
    for id_ in (nightly, nobody):
        path = f"/triggers/{id_}{act}"
        answer = charlie.get(path) if act in ("", "/edit") else charlie.post(path)
        assert answer.status_code == 404
        answers.append(_text(answer).replace(str(id_), "…").split("<main")[1])
    assert answers[0] == answers[1]
    path = f"/triggers/{nightly}{act}"
    assert (bob.get(path) if act in ("", "/edit") else bob.post(path)).status_code == (403 if act else 200)
    assert bob.get("/triggers/new").status_code == 403
    page = _text(bob.get(f"/triggers/{nightly}"))
    assert "Run now" not in page
    assert "Delete" not in page
    assert queries.trigger(cast.alice, nightly).enabled


@pytest.mark.parametrize(
    ("cron", "english", "portuguese"),
    [
        ("* * * * *", "every minute", "a cada minuto"),
        ("*/15 * * * *", "every 15 minutes", "a cada 15 minutos"),
        ("*/15 * * * 1-5", "every 15 minutes, Monday to Friday", "a cada 15 minutos, de segunda a sexta"),
        ("5 * * * *", "every hour at minute 5", "a cada hora, no minuto 5"),
        ("0 */6 * * *", "every 6 hours at minute 0", "a cada 6 horas no minuto 0"),
        ("0 7 * * *", "every day at 07:00", "todos os dias às 07:00"),
        ("30 7,19 * * MON-FRI", "Monday to Friday at 07:30, 19:30", "de segunda a sexta às 07:30, 19:30"),
        ("0 7 * * 1,FRI", "Monday, Friday at 07:00", "segunda-feira, sexta-feira às 07:00"),
        ("0 7 1,15 * *", "on day 1, 15 of the month at 07:00", "no dia 1, 15 do mês às 07:00"),
        ("0 7 L * *", "on the last day of the month at 07:00", "no último dia do mês às 07:00"),
        ("0 7 LW * *", "on the last weekday of the month at 07:00", "no último dia útil do mês às 07:00"),
        ("0 7 * 2 *", "", ""),
        ("0 7 1 * MON", "", ""),
        ("*/7 * * * *", "", ""),
        ("0 7 * * 1#2", "", ""),
        ("1-5 7 * * *", "", ""),
    ],
)
def test_simple_schedules_are_said_in_words_and_others_in_none(cron: str, english: str, portuguese: str) -> None:
    with translation.override("en"):
        assert cron_words(cron) == english
    with translation.override("pt-br"):
        assert cron_words(cron) == portuguese


def test_intervals_are_said_in_words() -> None:
    with translation.override("en"):
        said = [interval_words(ms) for ms in (1_000, 60_000, 5_400_000, 7_200_000, 86_400_000, 1_500)]
    assert said == ["every second", "every minute", "every 90 minutes", "every 2 hours", "every day", "every 1s500ms"]


@pytest.mark.django_db
def test_the_list_is_searched_filtered_and_sorted_with_the_same_number_of_queries(cast: Cast, nightly: UUID) -> None:
    client = cast.client(cast.bob)
    client.get("/triggers")
    with CaptureQueriesContext(connection) as one:
        client.get("/triggers")
    for number in range(4):
        wanted = Wanted(name=f"t{number}", target="core/set", every_ms=60_000 * (number + 1))
        actions.create_trigger(cast.alice, wanted, enabled=number > 0)
    with CaptureQueriesContext(connection) as many:
        page = _text(client.get("/triggers?sort=-name"))
    assert len(many) == len(one)
    assert page.index(">t3<") < page.index(">t0<") < page.index(">nightly<")
    for query, count in (("q=core", 4), ("q=NIGHT", 1), ("state=off", 1), ("state=on", 4), ("state=x", 5), ("q=z", 0)):
        assert _text(client.get(f"/triggers?{query}")).count('class="cover"') == count, query
    assert _text(client.get("/triggers?format=csv")).count("\r\n") == 6


@pytest.mark.django_db
def test_the_switch_of_the_list_comes_back_to_it_and_to_no_other_site(cast: Cast, nightly: UUID) -> None:
    client = cast.client(cast.alice)
    back = client.post(f"/triggers/{nightly}/disable", {"next": "/triggers?q=n"})
    assert back.headers["Location"] == "/triggers?q=n"
    assert 'aria-checked="false"' in _text(client.get("/triggers"))
    back = client.post(f"/triggers/{nightly}/enable", {"next": "https://example.org/"})
    assert back.headers["Location"] == f"/triggers/{nightly}"
    assert 'role="switch"' not in _text(cast.client(cast.bob).get("/triggers"))


@pytest.mark.django_db
def test_a_row_shows_what_became_of_the_last_times(cast: Cast, nightly: UUID) -> None:
    job = actions.run_trigger(cast.alice, nightly)
    end_job(job, "failed")
    execute(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome)"
        " VALUES (%s, now() - interval '1 day', %s, 'skipped')",
        [nightly, cast.alice.organization],
    )
    (row,) = queries.list_triggers(cast.bob)
    assert [(one.outcome, one.job_state) for one in row.past] == [("skipped", None), ("started", "failed")]
    page = _text(cast.client(cast.bob).get("/triggers"))
    assert page.index("past-bar-skipped") < page.index("past-bar-failed")
    assert "The last times: 1 skipped, 1 failed" in page


@pytest.mark.django_db
def test_a_trigger_of_an_archived_project_rests_and_says_so(cast: Cast) -> None:
    create_project(cast.alice, "old")
    save_workflow(cast.alice, "w", STEPS, project="old")
    trigger = actions.create_trigger(cast.alice, Wanted(name="nightly", target="w", cron="30 2 * * *", project="old"))
    archive_project(cast.alice, "old")
    client = cast.client(cast.alice)
    assert "rests" in _text(client.get("/triggers?state=resting"))
    assert "is archived: it starts nothing" in _text(client.get(f"/triggers/{trigger}"))
    assert "archived" in _text(client.post(f"/triggers/{trigger}/run", follow=True))
