"""The published JSON Schema (draft 2020-12) of the workflow document, for editors.

It knows the structure. What it cannot know (ids that are unique, references, expressions, totals) only
`document.problems` tells. ``python -m tropeiro.kernel.document_schema > docs/workflow.schema.json`` writes it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tropeiro.kernel import durations, service_ref
from tropeiro.kernel import step_rules as rules
from tropeiro.kernel.workflow import Join

JSON = dict[str, Any]

_STEPS: JSON = {"$ref": "#/$defs/steps"}
_DURATION: JSON = {"$ref": "#/$defs/duration"}
_ID: JSON = {"type": "string", "pattern": f"^{rules.ID}$"}
_NAME: JSON = {"type": "string", "minLength": 1, "maxLength": rules.MAX_NAME, "pattern": r"\S"}


def document_schema() -> JSON:
    """The schema, a new object with every call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tropeiro workflow document",
        "description": "A list of steps, or an object around one.",
        "anyOf": [_STEPS, {"$ref": "#/$defs/envelope"}],
        "$defs": {
            "envelope": _envelope(),
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": rules.MAX_STEPS,
                "items": {"$ref": "#/$defs/step"},
                "description": "Steps, done one after the other.",
            },
            "step": _step(),
            "duration": {
                "type": "string",
                "pattern": f"^{durations.PATTERN}$",
                "examples": ["250ms", "30s", "10m", "2h", "1d", "1h30m"],
            },
        },
    }


def _envelope() -> JSON:
    return {
        "type": "object",
        "required": ["steps"],
        "additionalProperties": False,
        "properties": {
            "schema": _said("The version of this format.", const=rules.SCHEMA),
            "name": _said("What the workflow is called.", **_NAME),
            "description": _said("What it does, for people.", type="string", maxLength=rules.MAX_DESCRIPTION),
            "inputs": _said("JSON Schema of the inputs that a job is started with, an object.", type="object"),
            "vars": _said("Constants. They are never evaluated, so a text may contain {{ }}.", type="object"),
            "timeout": _said("How long a job may take as a whole.", **_DURATION),
            "steps": _STEPS,
            "output": _said("Template of the job's output; without it, the output of the last step."),
        },
    }


def _step() -> JSON:
    properties = _step_properties()
    return {
        "type": "object",
        "required": ["id"],
        "additionalProperties": False,
        "properties": {key: properties[key] for key in rules.STEP_KEYS},
        "oneOf": [{"required": [key]} for key in rules.KIND_KEYS],
        "dependentSchemas": {key: condition for key in rules.STEP_KEYS if (condition := _where(key)) is not None},
    }


def _where(key: str) -> JSON | None:
    """What must stand beside a key: one of the kinds that have it, and ``foreach`` beside ``concurrency``."""
    if key in rules.COMMON_KEYS or key in rules.KIND_KEYS:
        return None
    kinds = [kind_key for kind_key, kind in rules.KIND_KEYS.items() if key in rules.KEYS_OF_KIND[kind]]
    beside: JSON = {"anyOf": [{"required": [kind_key]} for kind_key in kinds]}
    return beside | {"required": ["foreach"]} if key == "concurrency" else beside


def _step_properties() -> JSON:
    return {
        "id": _said("Name of the step in expressions and logs; unique in the document.", **_ID),
        "name": _said("What the step is called on screen.", **_NAME),
        "if": _said(
            "The step is skipped when this is false; decided once for the whole step.", type=["string", "boolean"]
        ),
        "foreach": _said("A list, or an expression that gives one: once for each item.", type=["string", "array"]),
        "concurrency": _said("How many items run at once.", type="integer", minimum=1, maximum=rules.MAX_CONCURRENCY),
        "retry": _retry(),
        "timeout": _said("How long one try may take.", **_DURATION),
        "on_error": _said(
            "What happens when the step has failed for good: the job fails, it goes on, or these steps run.",
            anyOf=[{"enum": ["fail", "continue"]}, _STEPS],
        ),
        "output": _said("Template of the step's output, made from its own result."),
        "mock": _said("Given instead of calling the service in a test run."),
        "labels": _said(
            "Short texts to find the step by.",
            type="object",
            maxProperties=rules.MAX_LABELS,
            propertyNames={"minLength": 1, "maxLength": rules.MAX_LABEL_KEY},
            additionalProperties=_NAME,
        ),
        "uses": _said(
            "The service to call: [[organization/]project/]service[@version].",
            type="string",
            pattern=f"^{service_ref.PATTERN}$",
            examples=["core/http@1"],
        ),
        "with": _said("What the service is given.", type=["object", "string"]),
        "credential": _said("Name of the credential that the service may use.", **_NAME),
        "steps": _STEPS,
        "branches": _said(
            "Lists of steps by name, all started at the same time.",
            type="object",
            minProperties=1,
            maxProperties=rules.MAX_ARMS,
            propertyNames=_ID,
            additionalProperties=_STEPS,
        ),
        "join": _said(
            "Which branches are waited for: all, any one that succeeds, or all whatever comes of them.",
            enum=[str(join) for join in Join],
            default="all",
        ),
        "cases": _said(
            "The first case whose `if` is true runs.",
            type="array",
            minItems=1,
            maxItems=rules.MAX_ARMS,
            items={
                "type": "object",
                "required": list(rules.CASE_KEYS),
                "additionalProperties": False,
                "properties": {"if": {"type": ["string", "boolean"]}, "steps": _STEPS},
            },
        ),
        "else": _said("What runs when no case applies.", **_STEPS),
        "wait": _said("Waits for a duration, or until a moment.", anyOf=[_DURATION, _until()]),
        "approval": _approval(),
    }


def _retry() -> JSON:
    return _said(
        "How often, and how far apart, a failed step is tried again.",
        type="object",
        required=["attempts"],
        additionalProperties=False,
        properties={
            "attempts": _said("All tries, the first included.", type="integer", minimum=1, maximum=rules.MAX_ATTEMPTS),
            "delay": _said("Before the second try.", default="1s", **_DURATION),
            "backoff": _said("Factor from one delay to the next.", type="number", minimum=1, maximum=rules.MAX_BACKOFF),
            "max_delay": _said("No delay is longer.", default="5m", **_DURATION),
            "jitter": _said("Share of the delay that is added at random.", type="number", minimum=0, maximum=1),
        },
    )


def _until() -> JSON:
    until = _said("An ISO 8601 date and time, or an expression that gives one.", type="string")
    return {"type": "object", "required": ["until"], "additionalProperties": False, "properties": {"until": until}}


def _approval() -> JSON:
    return _said(
        "Asks a person, and goes on with the answer.",
        type="object",
        required=["title"],
        additionalProperties=False,
        properties={
            "title": _said("The question; a template.", type="string", minLength=1, maxLength=rules.MAX_TITLE),
            "form": _said("JSON Schema of the answer.", type="object"),
            "timeout": _said("How long to wait for the answer.", **_DURATION),
            "assignees": _said("Who is asked.", type="array", minItems=1, maxItems=rules.MAX_ASSIGNEES, items=_NAME),
        },
    )


def _said(description: str, **schema: Any) -> JSON:
    """A schema with the sentence that an editor shows."""
    return {"description": description, **schema}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document_schema(), indent=2, ensure_ascii=False) + "\n")
