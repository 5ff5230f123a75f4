"""The automations of the demonstration run: each of their steps gives its service what its schema asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tropeiro.samples.demo as demo
from tropeiro.kernel.document import parse
from tropeiro.samples.demo.fiscal.services import check, issue
from tropeiro.samples.demo.logistics.services import stock
from tropeiro.samples.demo.marketing.services import campaigns, roas, spend
from tropeiro.samples.demo.sales.services import changed, upsert
from tropeiro.sdk.testing import call

FOLDER = Path(demo.__file__).parent


class Run:
    """One run of a document, step by step."""

    def __init__(self, document: str, inputs: dict[str, Any]) -> None:
        self.workflow = parse((FOLDER / document).read_bytes())
        self.names: dict[str, Any] = {"inputs": inputs, "steps": {}, "vars": {}}

    def step(self, id_: str, service: Callable[..., Any], *, keep: bool = True, **more: Any) -> Any:
        """What a step gives to its service, checked as a worker does; its output is kept for the next ones."""
        at = self.workflow.step(id_)
        assert at is not None
        # The call of a step that has a foreach of its own is another step of the compiled workflow, at the same place.
        (inputs,) = (one.inputs for one in self.workflow.steps if one.pointer == at.pointer and one.inputs is not None)
        output = call(service, inputs.render(self.names | more)).output
        return self.done(id_, output) if keep else output

    def done(self, id_: str, output: Any) -> Any:
        self.names["steps"][id_] = {"output": output, "error": None, "state": "succeeded"}
        return output


def test_an_invoice_over_the_limit_is_checked_asked_about_and_issued() -> None:
    run = Run("fiscal/workflows/issue-invoice.json", {"number": "A-1", "customer": "Ana", "amount": 80_000})
    assert run.step("check", check)["needs_approval"] is True
    assert run.step("issue", issue)["number"] == "A-1"


def test_the_spend_of_each_campaign_is_fetched_and_their_return_worked_out() -> None:
    run = Run("marketing/workflows/campaign-report.json", {"days": 7})
    rows = [run.step("spend", spend, keep=False, item=item) for item in run.step("campaigns", campaigns)]
    run.done("each", rows)
    assert len(rows) > 1
    assert run.step("roas", roas)["cost"] > 0


def test_each_contact_that_changed_is_brought_over() -> None:
    run = Run("sales/workflows/sync-contacts.json", {"minutes": 30})
    contacts = run.step("changed", changed)
    assert contacts
    assert {run.step("upsert", upsert, keep=False, item=one) for one in contacts} <= {True, False}


def test_each_warehouse_is_counted() -> None:
    run = Run("logistics/workflows/stock-count.json", {})
    assert run.step("count", stock, keep=False, item="POA-1")["warehouse"] == "POA-1"
