"""What the kernel says can be said in the reader's language: every message goes through one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tropeiro.kernel
from tropeiro.kernel.document import problems
from tropeiro.kernel.errors import ExpressionError, InvalidInput, SchemaMismatch
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.schedule import Schedule, check_schedule
from tropeiro.kernel.schema import check
from tropeiro.kernel.wording import ENGLISH, Wording, all_of, any_of, grouped, says, says_many, speak

KERNEL = Path(tropeiro.kernel.__file__).parent
DOCUMENTS = sorted((Path(__file__).parent / "broken_documents").iterdir())
MARKED = Wording(
    text=lambda text: f"«{text}»",
    plural=lambda one, many, count: f"«{one if count == 1 else many}»",
    number=lambda value: f"{value:,}".replace(",", "."),
)


@pytest.fixture
def marked() -> Iterator[None]:
    """A language in which everything that was translated stands between marks."""
    before = speak(MARKED)
    yield
    speak(before)


def test_values_stand_in_their_places_and_other_braces_stay() -> None:
    assert says("a job has no `{name}`", name="{kind}", kind=1) == "a job has no `{kind}`"
    assert says('Write "{{ {value} }}" or {"a": {…}}', value="x") == 'Write "{{ x }}" or {"a": {…}}'
    assert says("{other} stays", value=1) == "{other} stays"


def test_counts_choose_their_text_and_numbers_are_grouped_as_the_reader_does(marked: None) -> None:
    assert says_many("{count} step", "{count} steps", 1) == "«1 step»"
    assert says_many("{count} step", "{count} steps", 2_000) == "«2.000 steps»"
    assert grouped(1_234_567) == "1.234.567"


def test_what_is_listed_is_joined_in_words() -> None:
    assert any_of(["a"]) == "a"
    assert any_of(["a", "b", "c"]) == "a or b or c"
    assert all_of(["a", "b"]) == "a and b"


def test_a_process_that_was_told_nothing_says_it_in_english() -> None:
    before = speak(ENGLISH)
    assert says("null has no {step}.", step="'a'") == "null has no 'a'."
    speak(before)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_problem_of_a_document_is_said_in_the_readers_language(marked: None, path: Path) -> None:
    for problem in problems(path.read_bytes()):
        assert problem.message.removeprefix("`form`: ").removeprefix("`inputs`: ").startswith("«"), problem
        assert not problem.hint or problem.hint.startswith("«"), problem


@pytest.mark.parametrize(
    "source", ["{{ 1 + 'a' }}", "{{ inputs.b }}", "{{ 1 | upper }}", "{{ [1, 'a'] | sort }}", "{{ 'x' | date }}"]
)
def test_what_goes_wrong_in_an_expression_is_said_in_the_language_of_whoever_evaluates_it(source: str) -> None:
    template = compile_template(source)
    with pytest.raises(ExpressionError) as english:
        template.render({"inputs": {"a": 1}})
    assert "«" not in english.value.message
    before = speak(MARKED)
    with pytest.raises(ExpressionError) as other:
        template.render({"inputs": {"a": 1}})
    said = other.value.message
    speak(before)
    assert said.startswith("«")


def test_a_schema_that_was_refused_in_one_language_is_refused_in_the_next() -> None:
    schema = {"type": "strange"}
    with pytest.raises(SchemaMismatch) as english:
        check(schema, 1, what="It")
    before = speak(MARKED)
    with pytest.raises(SchemaMismatch) as other:
        check(schema, 1, what="It")
    speak(before)
    assert "«" not in english.value.message
    assert other.value.got.startswith("«one with a problem at /type: «Expected ")


def test_a_schedule_is_refused_in_the_readers_language(marked: None) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(Schedule(cron="0 25 * * *", anchor=datetime(2026, 1, 1, tzinfo=UTC)))
    assert refused.value.message.startswith("«`0 25 * * *` is not a cron expression")
    assert "«hour»" in refused.value.message
    assert refused.value.hint.startswith("«Fields")


ASIDE = {"ValueError", "TypeError", "KeyError", "AssertionError", "NotImplementedError"}
"""Errors of whoever calls the kernel wrongly; nobody who uses Tropeiro reads them."""
SAYING = {"says", "says_many", "phrase", "phrases"}
WORKERS = {"advance.py", "firing.py", "merge.py", "step_errors.py", "wire.py"}
"""What these say is stored with the job that it happened to, in English."""
APART = {"expression_reference.py", "document_schema.py", "differences.py"}
"""These write documentation, and places for programs."""


def _bare(node: ast.expr) -> Iterator[ast.expr]:
    """Texts of several words in an expression that no function of `wording` was given."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
        yield node
    if isinstance(node, ast.JoinedStr):
        fixed = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        if any(word.isalpha() and len(word) > 2 for word in fixed.split()):
            yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _bare(child)


def _told(tree: ast.Module) -> Iterator[ast.expr]:
    """What is given to errors and problems, and what becomes a message or a hint."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if getattr(node.exc.func, "id", "") not in ASIDE:
                yield node.exc
        elif isinstance(node, ast.Call) and (
            getattr(node.func, "attr", "") in ("add", "near") or getattr(node.func, "id", "") in ("Problem", "_refuse")
        ):
            yield node
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("message", "hint", "expected"):
            yield node.value


def test_no_message_of_the_kernel_goes_past_the_door() -> None:
    found = [
        f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        for path in sorted(KERNEL.rglob("*.py"))
        if path.name not in WORKERS | APART
        for told in _told(ast.parse(path.read_text()))
        for node in _bare(told)
    ]
    assert found == []
