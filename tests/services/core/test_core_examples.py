from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from loopback import Loopback, json_reply
from tropeiro.kernel.outcome import Done, Fail
from tropeiro.kernel.schema import problems
from tropeiro.services.core import CORE_SERVICES, EXAMPLES
from tropeiro.services.core.example import EXAMPLE_SITE, Example
from tropeiro.services.core.reference import core_services_page

PAGE = Path(__file__).parents[3] / "docs/core-services.md"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.service}: {example.title}")
async def test_an_example_does_what_it_says(example: Example, core: Any, server: Loopback) -> None:
    for served in example.site:
        answers = server.answers.setdefault(served.path, [])
        assert isinstance(answers, list)
        answers.append(json_reply(served.body, served.status))
    here = server.url("").encode()
    inputs, credential = msgspec.json.decode(
        msgspec.json.encode((example.inputs, example.credential)).replace(EXAMPLE_SITE.encode(), here)
    )
    outcome = await core.outcome(example.service, inputs, credential)
    if example.error:
        assert isinstance(outcome, Fail)
        assert outcome.error.code == example.error
    else:
        assert outcome == Done(_without_sizes(example.output, outcome))
    if credential and credential.get("type") == "bearer":
        assert all(seen.headers["authorization"] == f"Bearer {credential['token']}" for seen in server.seen)


def _without_sizes(expected: Any, outcome: Any) -> Any:
    """The length of an answer depends on how the test's server writes JSON."""
    if isinstance(expected, dict) and "headers" in expected:
        sizes = {"content-length": outcome.output["headers"]["content-length"]}
        return expected | {"headers": expected["headers"] | sizes}
    return expected


@pytest.mark.parametrize("definition", CORE_SERVICES, ids=lambda definition: definition.name)
def test_a_built_in_service_has_valid_schemas_a_description_and_an_example(definition: Any) -> None:
    assert problems(definition.input_schema) == ()
    assert problems(definition.output_schema) == ()
    assert len(definition.description) > 20
    assert definition.public
    assert not definition.blocking
    assert any(example.service == definition.name for example in EXAMPLES)


def test_the_page_about_them_is_up_to_date() -> None:
    assert PAGE.read_text() == core_services_page(), (
        "Write it anew: python -m tropeiro.services.core.reference > docs/core-services.md"
    )
