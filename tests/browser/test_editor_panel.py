"""The panel of the workflow editor: every construct made and edited, with the server's problems at their fields."""

from __future__ import annotations

from typing import Any

import pytest
from accessibility import violations
from drafting import begun, choose, saved, unfold
from playwright.sync_api import Page, expect
from sessions import NARROW, Door

HTTP = {"id": "fetch", "uses": "core/http@1", "with": {"method": "GET", "url": "https://example.org/", "own": {"x": 1}}}
DOCUMENT: dict[str, Any] = {
    "inputs": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    "steps": [
        HTTP,
        {"id": "both", "branches": {"left": [{"id": "l", "wait": "1s"}], "right": [{"id": "r", "wait": "1s"}]}},
        {"id": "pick", "cases": [{"if": "{{ true }}", "steps": [{"id": "c", "wait": "1s"}]}]},
        {"id": "pause", "wait": "10s"},
        {"id": "ask", "approval": {"title": "Go on?"}},
        {"id": "group", "steps": [{"id": "in", "wait": "1s"}]},
        {"id": "values", "uses": "core/set@1", "with": {"number": 5}},
    ],
}


def _step(page: Page, number: int) -> Any:
    return saved(page)["steps"][number]


def test_every_key_of_a_service_call_is_set_and_taken_out_again(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/0")
        panel.get_by_label("Name", exact=True).fill("Ask the server")
        unfold(panel, "Condition").get_by_label("Only when", exact=True).fill("inputs.city")
        each = unfold(panel, "For each item")
        each.get_by_role("textbox", name="For each item of", exact=True).fill("[1, 2]")
        each.get_by_label("At the same time", exact=True).fill("4")
        failure = unfold(panel, "Failure and time")
        failure.get_by_label("Timeout of one try", exact=True).fill("30s")
        for label, text in {
            "Tries": "3",
            "Before the second": "2s",
            "Times longer each": "1.50",
            "At most": "1m",
        }.items():
            failure.get_by_label(label, exact=True).fill(text)
        failure.get_by_label("When it has failed for good", exact=True).select_option("continue")
        unfold(panel, "Labels").get_by_role("button", name="Add a label").click()
        step = _step(page, 0)
        assert step == {
            **HTTP,
            "name": "Ask the server",
            "if": "{{ inputs.city }}",
            "foreach": "{{ [1, 2] }}",
            "concurrency": 4,
            "timeout": "30s",
            "retry": {"attempts": 3, "delay": "2s", "backoff": 1.5, "max_delay": "1m"},
            "on_error": "continue",
            "labels": {"label_1": ""},
        }
        assert list(step)[:4] == ["id", "name", "if", "foreach"]
        for label in ("Tries", "Before the second", "Times longer each", "At most", "Timeout of one try"):
            failure.get_by_label(label, exact=True).fill("")
        failure.get_by_label("When it has failed for good", exact=True).select_option("fail")
        unfold(panel, "Labels").get_by_role("button", name="Remove label_1").click()
        panel.get_by_label("Only when", exact=True).fill("")
        panel.get_by_role("textbox", name="For each item of", exact=True).fill("")
        panel.get_by_label("At the same time", exact=True).fill("")
        panel.get_by_label("Name", exact=True).fill("")
        assert _step(page, 0) == HTTP


def test_an_id_changes_with_everything_that_names_it_and_one_that_is_taken_is_refused(door: Door) -> None:
    document = [
        {"id": "a", "wait": "1s"},
        {"id": "b", "uses": "core/set@1", "with": {"x": "{{ steps.a.state }}"}},
    ]
    with door.page() as page:
        begun(page, door.url, document)
        field = choose(page, "/0").get_by_role("textbox", name="Id", exact=True)
        field.fill("b")
        expect(page.locator(".panel")).to_contain_text("Another step is called b already.")
        field.press("Enter")
        field.fill("first")
        field.press("Enter")
        assert saved(page) == [
            {"id": "first", "wait": "1s"},
            {"id": "b", "uses": "core/set@1", "with": {"x": "{{ steps.first.state }}"}},
        ]


def test_branches_cases_waits_and_approvals_are_made_and_edited(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/1")
        panel.get_by_role("button", name="Add a branch").click()
        name = panel.get_by_label("Name of the branch", exact=True).nth(2)
        name.fill("third")
        name.press("Enter")
        panel.get_by_role("button", name="Move third up").click()
        panel.get_by_role("button", name="Remove left").click()
        panel.get_by_label("Done when", exact=True).select_option("settled")
        step = _step(page, 1)
        assert list(step["branches"]) == ["third", "right"]
        assert step["join"] == "settled"

        panel = choose(page, "/steps/2")
        panel.get_by_role("button", name="Add a case").click()
        panel.get_by_role("textbox", name="When", exact=True).nth(1).fill("inputs.city == 'x'")
        panel.get_by_role("button", name="Move Case 2 up").click()
        panel.get_by_role("button", name="Add steps for when no case applies").click()
        step = _step(page, 2)
        assert [one["if"] for one in step["cases"]] == ["{{ inputs.city == 'x' }}", "{{ true }}"]
        assert step["else"] == []

        panel = choose(page, "/steps/3")
        panel.get_by_label("Waits", exact=True).select_option("until")
        panel.get_by_role("textbox", name="Until", exact=True).fill("2030-01-01T00:00:00Z")
        assert _step(page, 3)["wait"] == {"until": "2030-01-01T00:00:00Z"}

        panel = choose(page, "/steps/4")
        panel.get_by_role("textbox", name="Question", exact=True).fill("Send it to {{ inputs.city }}?")
        panel.get_by_role("button", name="Add entry").click()
        panel.get_by_role("textbox", name="Entry 1", exact=True).fill("ana@example.org")
        panel.get_by_label("Time for the answer", exact=True).fill("2d")
        panel.get_by_role("button", name="Add an input").click()
        panel.get_by_label("Type", exact=True).select_option("boolean")
        assert _step(page, 4)["approval"] == {
            "title": "Send it to {{ inputs.city }}?",
            "assignees": ["ana@example.org"],
            "timeout": "2d",
            "form": {"type": "object", "properties": {"input_1": {"type": "boolean"}}},
        }


def test_a_step_becomes_another_kind_and_undo_brings_it_back(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/3")
        panel.get_by_label("Kind", exact=True).select_option("foreach")
        panel.get_by_role("textbox", name="For each item of", exact=True).fill("inputs.list")
        assert _step(page, 3) == {"id": "pause", "foreach": "{{ inputs.list }}", "steps": []}
        for _ in range(2):
            page.locator("[role=tree]").press("Control+z")
        assert _step(page, 3) == {"id": "pause", "wait": "10s"}


def test_the_picker_finds_by_name_and_makes_a_step_with_its_required_inputs(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/5")
        panel.get_by_role("button", name="Add a step").click()
        picker = page.get_by_role("dialog", name="Add a step")
        expect(picker.get_by_role("option").first).to_be_visible()
        expect(picker.get_by_role("option", name="For each Runs")).to_be_visible()
        page.keyboard.type("http")
        expect(picker.get_by_role("option").first).to_contain_text("core/http")
        assert violations(page) == []
        page.keyboard.press("Enter")
        expect(picker).to_be_hidden()
        made = _step(page, 5)["steps"][1]
        assert made["uses"].startswith("core/http")
        panel.get_by_role("button", name="core/http").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_form_keeps_what_it_does_not_know_and_numbers_as_they_are_written(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/0")
        expect(panel).to_contain_text("Not described by the service")
        panel.get_by_role("combobox", name="Method", exact=True).select_option(label="POST")
        assert _step(page, 0)["with"] == {"method": "POST", "url": "https://example.org/", "own": {"x": 1}}
        panel = choose(page, "/steps/6")
        panel.get_by_role("textbox", name="Value of number", exact=True).fill("12345678901234567890.10")
        saved(page)
        text = page.evaluate(
            "async () => (await (await fetch(location.pathname.replace(/edit$/, 'draft'))).json()).text"
        )
        assert '"number": 12345678901234567890.10' in text


def test_a_field_turns_into_an_expression_and_back_without_a_loss(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/0")
        mode = panel.get_by_role("group", name="How Url is given")
        mode.get_by_role("button", name="Expression").click()
        assert _step(page, 0)["with"]["url"] == "https://example.org/"
        field = panel.get_by_role("textbox", name="Url", exact=True)
        field.fill("{{ inputs.city }}")
        assert _step(page, 0)["with"]["url"] == "{{ inputs.city }}"
        mode.get_by_role("button", name="Fixed").click()
        assert _step(page, 0)["with"]["url"] == "https://example.org/"
        mode.get_by_role("button", name="Expression").click()
        assert _step(page, 0)["with"]["url"] == "{{ inputs.city }}"


def test_a_problem_stands_at_its_field_and_leads_to_it(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/0")
        failure = unfold(panel, "Failure and time")
        field = failure.get_by_label("Timeout of one try", exact=True)
        field.fill("soon")
        saved(page)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(failure).to_contain_text("is not a duration")


def test_the_documents_own_keys_and_its_inputs(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, [{"id": "a", "wait": "1s"}])
        panel = page.locator(".panel")
        panel.get_by_label("Description", exact=True).fill("What it does")
        assert saved(page) == {"description": "What it does", "steps": [{"id": "a", "wait": "1s"}]}
        page.get_by_role("tab", name="Inputs").click()
        tab = page.locator(".inputs-tab")
        tab.get_by_role("button", name="Add an input").click()
        name = tab.get_by_label("Name of the input", exact=True)
        name.fill("city")
        name.press("Enter")
        tab.get_by_label("Type", exact=True).select_option("choice")
        tab.get_by_label("Choices", exact=True).fill("Lisboa\nPorto")
        tab.get_by_label("Required", exact=True).check()
        assert saved(page)["inputs"] == {
            "type": "object",
            "properties": {"city": {"enum": ["Lisboa", "Porto"]}},
            "required": ["city"],
        }
        text = tab.get_by_label("JSON Schema", exact=True)
        text.fill('{"type": "object", "x-own": 1, "properties": {"n": {"oneOf": [{"const": 1}, {"const": 2}]}}}')
        expect(tab.get_by_label("Name of the input", exact=True)).to_have_value("n")
        assert saved(page)["inputs"]["x-own"] == 1
        assert violations(page) == []


@pytest.mark.parametrize(
    "wanted", [{}, {"color_scheme": "dark"}, {"viewport": NARROW}], ids=["light", "dark", "narrow"]
)
@pytest.mark.parametrize("language", ["en-US", "pt-BR"])
def test_the_panel_of_every_kind_is_accessible(door: Door, language: str, wanted: dict[str, Any]) -> None:
    with door.page(language, **wanted) as page:
        begun(page, door.url, DOCUMENT)
        for number in range(len(DOCUMENT["steps"])):
            if "viewport" in wanted:
                page.locator(".editor-views button").first.click()
            panel = choose(page, f"/steps/{number}")
            expect(panel).to_be_visible()
            for summary in panel.locator("details.panel-fold:not([open]) > summary").all():
                if summary.is_visible():
                    summary.click()
            assert violations(page) == [], number
            # The diagram is measured in a place of its own for a moment while it is drawn.
            expect(page.locator(".flow-stage")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), number
        assert "missing" not in page.locator(".panel").inner_text()
