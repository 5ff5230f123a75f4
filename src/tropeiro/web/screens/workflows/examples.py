"""Workflows to begin from, each of which can be saved and run as it is. Their words are in the reader's language."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

_NAMES = {"type": "array", "items": {"type": "string"}, "title": _("Names"), "default": ["Ana", "Rui"]}

EXAMPLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "empty": (
        _("One step"),
        {"steps": [{"id": "hello", "name": _("Say hello"), "uses": "core/set@1", "with": {"text": _("Hello")}}]},
    ),
    "request": (
        _("Ask an HTTP address, go on with its answer"),
        {
            "inputs": {
                "type": "object",
                "required": ["url"],
                "properties": {"url": {"type": "string", "format": "uri", "title": _("Address")}},
            },
            "steps": [
                {
                    "id": "page",
                    "name": _("Ask"),
                    "uses": "core/http@1",
                    "with": {"method": "GET", "url": "{{ inputs.url }}"},
                    "retry": {"attempts": 3, "delay": "2s", "backoff": 2},
                    "timeout": "30s",
                },
                {"id": "told", "uses": "core/log@1", "with": {"message": _("Status {{ steps.page.output.status }}")}},
            ],
            "output": {"status": "{{ steps.page.output.status }}"},
        },
    ),
    "each": (
        _("The same for each item of a list, four at a time"),
        {
            "inputs": {"type": "object", "properties": {"names": _NAMES}},
            "steps": [
                {
                    "id": "greetings",
                    "name": _("Greet everybody"),
                    "foreach": "{{ inputs.names }}",
                    "concurrency": 4,
                    "uses": "core/set@1",
                    "with": {"text": _("Good morning, {{ item }}")},
                }
            ],
            "output": "{{ steps.greetings.output | map('text') }}",
        },
    ),
    "choice": (
        _("One way or the other"),
        {
            "inputs": {
                "type": "object",
                "properties": {"amount": {"type": "number", "title": _("Amount"), "default": 120}},
            },
            "steps": [
                {
                    "id": "size",
                    "name": _("Large or small"),
                    "cases": [
                        {
                            "if": "{{ inputs.amount > 100 }}",
                            "steps": [{"id": "large", "uses": "core/log@1", "with": {"message": _("A large one")}}],
                        }
                    ],
                    "else": [{"id": "small", "uses": "core/log@1", "with": {"message": _("A small one")}}],
                }
            ],
        },
    ),
    "approval": (
        _("Ask a person before going on"),
        {
            "steps": [
                {
                    "id": "ask",
                    "name": _("Shall we?"),
                    "approval": {
                        "title": _("Shall we send it?"),
                        "form": {
                            "type": "object",
                            "required": ["ok"],
                            "properties": {
                                "ok": {"type": "boolean", "title": _("Yes, send it")},
                                "remark": {"type": "string", "title": _("Remark"), "maxLength": 500},
                            },
                        },
                    },
                },
                {
                    "id": "send",
                    "if": "{{ steps.ask.output.ok }}",
                    "uses": "core/log@1",
                    "with": {"message": _("Sent")},
                },
            ]
        },
    ),
}


def example_text(name: str) -> str:
    """The document of an example as text; of the first one when there is no such."""
    document = EXAMPLES.get(name, EXAMPLES["empty"])[1]
    text = msgspec.json.format(msgspec.json.encode({"schema": "tropeiro/v1", **document}, enc_hook=str), indent=2)
    return text.decode() + "\n"
