"""What the kernel finds wrong is said on a page in the language of whoever reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation
from web_cast import Cast

from tropeiro.kernel.document import problems
from tropeiro.kernel.wording import grouped, says
from tropeiro.web.services.house_words import said, schema_said
from tropeiro.web.services.queries import show_service
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

MISTAKES = [
    {"id": "Fetch", "uses": "core/set@1"},
    {"uses": "core/set@0"},
    {"id": "c", "uses": "core/set@1", "with": {"x": "{{ stepz.a }}"}, "tries": 3},
    {"id": "d", "uses": "core/set@1", "with": {"x": "{{ inputs.a | uper }}", "y": "{{ 1 + }}"}, "timeout": "soon"},
    {"id": "e", "uses": "core/set@1", "retry": {"attempts": 1_000}},
    {"id": "f", "wait": {"until": "tomorrow"}, "concurrency": 2},
    {"id": "m", "wait": "1s", "approval": {}},
    {"id": "g", "branches": {}, "if": "true"},
    {"id": "h", "cases": [{"steps": []}], "labels": []},
    {"id": "i", "approval": {"form": {"type": "objekt", "minProperties": -1}}},
    {"id": "c", "steps": [], "with": {}},
    {"id": "k", "uses": "core/set@1", "with": {"x": "{{ steps.l.output }} {{ item }}"}},
    {"id": "l", "uses": "nobody/nothing@1"},
]


def test_a_document_with_many_mistakes_is_refused_in_portuguese(cast: Cast) -> None:
    client = cast.client(cast.alice)
    workflow = save_workflow(cast.alice, "w", json.dumps([{"id": "a", "uses": "core/set@1"}])).workflow
    text = json.dumps(MISTAKES, indent=1)

    def page(language: str) -> Any:
        told = {"accept-language": language}
        form = client.post(f"/workflows/{workflow}/text", {"document": text, "do": "check"}, headers=told)
        asked = {"content_type": "application/json", "headers": told}
        editor = client.post(f"/workflows/{workflow}/draft/check", json.dumps({"text": text}), **asked).json()
        found = form.context["excerpt"].problems
        assert [(one.message, one.hint) for one in found] == [
            (one["message"], one.get("hint", "")) for one in editor["problems"]
        ]
        return found, form.content.decode()

    english, _ = page("en")
    portuguese, seen = page("pt-BR")
    assert len(english) >= 20
    assert [(one.code, one.pointer) for one in english] == [(one.code, one.pointer) for one in portuguese]
    for there, here in zip(english, portuguese, strict=True):
        assert here.message != there.message
        assert not there.hint or here.hint != there.hint
    for sentence in (
        "`Fetch` não pode ser um id.",
        "Por exemplo `fetch`.",
        "A etapa não tem `id`.",
        "O nome &#x27;stepz&#x27; não existe.",
        "Você quis dizer &#x27;steps&#x27;?",
        "Uma etapa não tem a chave `tries`.",
        "O filtro &#x27;uper&#x27; não existe.",
        "Não se esperava o fim da expressão.",
        "`attempts` é 1000; precisa estar entre 1 e 100.",
        "Não há nenhum ramo.",
        "Uma etapa anterior já tem o id `c`.",
    ):
        assert sentence in seen, sentence


def test_what_is_no_json_is_said_so_in_portuguese() -> None:
    with translation.override("pt-br"):
        (problem,) = problems('[{"id": "a", }]')
    assert (problem.message, problem.hint) == ("Há uma vírgula antes do fim do objeto.", "Remova a vírgula.")


def test_numbers_are_grouped_as_the_reader_does_and_every_thread_finds_the_wording() -> None:
    with translation.override("pt-br"):
        assert (grouped(1_000_000), says("null")) == ("1.000.000", "nulo")
    with translation.override("en"):
        assert (grouped(1_000_000), says("null")) == ("1,000,000", "null")


def test_the_built_in_services_are_described_in_portuguese_and_others_as_they_were_declared(cast: Cast) -> None:
    client = cast.client(cast.alice)
    with translation.override("en"):
        found = show_service(cast.alice, "core/http").service
    for address in (f"/services/{found.id}", f"/services/{found.id}/contract", f"/services/{found.id}/test"):
        page = client.get(address, headers={"accept-language": "pt-BR"}).content.decode()
        assert "Chamar uma API HTTP" in page
        assert "Call an HTTP API" not in page
    assert "Para onde: http ou https, sem segredos." in page
    assert found.title == "Call an HTTP API"
    with translation.override("pt-br"):
        assert said("acme", "Call an HTTP API") == "Call an HTTP API"
        schema = {"title": "Order", "properties": {"title": {"default": {"title": "Order"}}}}
        assert schema_said("house", schema) == {
            "title": "Ordem",
            "properties": {"title": {"default": {"title": "Order"}}},
        }
        assert schema["title"] == "Order"
