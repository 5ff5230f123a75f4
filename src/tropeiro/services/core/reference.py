"""``docs/core-services.md``, written from the services themselves: ``python -m tropeiro.services.core.reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from tropeiro.kernel.durations import format_duration
from tropeiro.sdk import ServiceDefinition
from tropeiro.services.core import CORE_SERVICES, EXAMPLES
from tropeiro.services.core.example import Example

_INTRODUCTION = """\
# The built-in services

The project `core` is part of every installation. A step calls its services as `core/<name>@<version>`. This page is
written from the services themselves by `python -m tropeiro.services.core.reference`; the examples are executed by the
tests.

"""


def core_services_page() -> str:
    """The whole page, Markdown."""
    index = "".join(f"- [`core/{one.name}@{one.version}`](#core{one.name}): {one.title}\n" for one in CORE_SERVICES)
    return _INTRODUCTION + index + "".join(_section(definition) for definition in CORE_SERVICES)


def _section(definition: ServiceDefinition) -> str:
    schema = definition.input_schema
    lines = [f"\n## core/{definition.name}\n", definition.description, "", *_facts(definition), "", *_inputs(schema)]
    lines += [f"Output: {_type(definition.output_schema, definition.output_schema)}.", ""]
    for example in EXAMPLES:
        if example.service == definition.name:
            lines += _example(example)
    return "\n".join(lines)


def _facts(definition: ServiceDefinition) -> Iterator[str]:
    retries = definition.retry.attempts - 1
    facts = [f"times out after {format_duration(definition.timeout_ms)}"]
    if retries:
        facts.append(f"tried {retries} more times when it helps")
    if definition.pure:
        facts.append("pure: the output depends on the inputs alone")
    if definition.credential:
        facts.append("uses the step's `credential`")
    yield f"*{'; '.join(facts).capitalize()}.*"


def _inputs(schema: dict[str, Any]) -> Iterator[str]:
    properties = schema.get("properties", {})
    if not properties:
        yield "Inputs: any object."
        yield ""
        return
    yield from _table(schema, schema)
    for name, definition in sorted(schema.get("$defs", {}).items()):
        if "properties" in definition:
            yield f"`{name}`: {_words(definition)}"
            yield ""
            yield from _table(definition, schema)


def _table(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    yield "| input | type | default | |"
    yield "|---|---|---|---|"
    required = schema.get("required", ())
    for name, value in schema["properties"].items():
        default = "required" if name in required else f"`{msgspec.json.encode(value.get('default')).decode()}`"
        yield f"| `{name}` | {_type(value, root)} | {default} | {_words(value)} |"
    yield ""


def _words(value: dict[str, Any]) -> str:
    return " ".join(str(value.get("description", "")).split()).replace("|", "\\|")


def _type(value: dict[str, Any], root: dict[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        target = root.get("$defs", {}).get(name, {})
        return f"`{name}`" if "properties" in target and target is not root else _type(target, root)
    if "enum" in value:
        return " ".join(f"`{_shown(one)}`" for one in value["enum"])
    if "const" in value:
        return f"`{_shown(value['const'])}`"
    if "anyOf" in value:
        kinds = dict.fromkeys(_type(one, root) for one in value["anyOf"] if one.get("type") != "null")
        return " or ".join(kinds)
    kind = value.get("type")
    if kind == "array":
        inner = value.get("items") or {}
        return f"list of {_type(inner, root)}" if inner else "list"
    if kind == "object" and isinstance(value.get("properties"), dict):
        return "object with " + ", ".join(f"`{name}`" for name in value["properties"])
    if kind == "object" and isinstance(value.get("additionalProperties"), dict):
        inner = _type(value["additionalProperties"], root)
        return "object" if inner == "anything" else f"object of {inner}"
    names = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}
    return names.get(str(kind), str(kind) if kind else "anything")


def _shown(value: Any) -> str:
    return "tab" if value == "\t" else str(value).replace("|", "\\|")


def _example(example: Example) -> Iterator[str]:
    credential = msgspec.json.format(msgspec.json.encode(example.credential), indent=0).decode()
    yield f"{example.title}{f', with the credential `{credential}`' if example.credential else ''}:"
    yield ""
    yield "```json"
    yield _json({"uses": f"core/{example.service}", "with": example.inputs})
    yield "```"
    yield ""
    if example.error:
        yield f"fails with `{example.error}`."
    else:
        yield "gives"
        yield ""
        yield "```json"
        yield _json(example.output)
        yield "```"
    yield ""


def _json(value: Any) -> str:
    text = msgspec.json.encode(value)
    return (msgspec.json.format(text, indent=2) if len(text) > 100 else msgspec.json.format(text, indent=0)).decode()


if __name__ == "__main__":
    sys.stdout.write(core_services_page())
