"""The workflow document: JSON → frozen `Workflow`, or every problem that it has.

The work is done by parts with one duty each: `source_map` reads the text, `step_reader` the steps, `references` checks
what may be named where, `liveness` works out what packets carry, `pinning` fixes versions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tropeiro.kernel import step_rules as rules
from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.expressions import Template
from tropeiro.kernel.field_reader import check_keys, is_kind, read_duration, read_schema, read_template, read_text
from tropeiro.kernel.liveness import with_liveness
from tropeiro.kernel.nested_retries import check_nested_retries
from tropeiro.kernel.paths import with_places
from tropeiro.kernel.pinning import Pinned, envelope_of, pin_envelope
from tropeiro.kernel.plain_json import check_plain
from tropeiro.kernel.problems import Findings, kind_of, shown
from tropeiro.kernel.references import Names, ReferenceChecker
from tropeiro.kernel.service_ref import ServiceRef
from tropeiro.kernel.source_map import Source, read_source
from tropeiro.kernel.step_reader import StepReader
from tropeiro.kernel.wording import phrase, says
from tropeiro.kernel.workflow import Role, Workflow

__all__ = ["Pinned", "compile_document", "document_of", "parse", "pin", "problems", "references_to_services"]


def parse(text: str | bytes) -> Workflow:
    """Compile a document's text (bytes are UTF-8). Raises `DocumentInvalid` with every problem, line and column."""
    source = read_source(text)
    workflow, found = _compile(source.value, pinned=False)
    located = _located(source, found)
    if workflow is None or located:
        raise DocumentInvalid(located)
    return workflow


def problems(text: str | bytes) -> tuple[Problem, ...]:
    """Every problem of a document's text, in the order of their places; none when it is valid."""
    try:
        source = read_source(text)
    except DocumentInvalid as error:
        return error.problems
    return _located(source, _compile(source.value, pinned=False)[1])


def compile_document(document: Any, *, pinned: bool = False) -> Workflow:
    """Compile a document's JSON value, an envelope or a bare list of steps.

    ``pinned`` also allows the key ``service`` (the id of a service's version) on calls. Raises `DocumentInvalid` with
    every problem; pointers are into ``document`` as it was given.
    """
    workflow, found = _compile(document, pinned=pinned)
    if workflow is None:
        raise DocumentInvalid(found)
    return workflow


def document_of(text: str | bytes) -> Any:
    """The canonical envelope of a document's text. Raises `DocumentInvalid` when it does not compile."""
    source = read_source(text)
    found = _located(source, _compile(source.value, pinned=False)[1])
    if found:
        raise DocumentInvalid(found)
    return envelope_of(source.value)


def references_to_services(workflow: Workflow) -> tuple[ServiceRef, ...]:
    """The services that the workflow calls, each once, in document order."""
    return tuple(dict.fromkeys(step.uses for step in workflow.steps if step.uses is not None))


def pin(document: Any, resolve: Callable[[ServiceRef], Pinned | Problem]) -> Any:
    """The canonical envelope with every call pinned to what ``resolve`` says; compiles with ``pinned=True``.

    Raises `DocumentInvalid` when the document does not compile, or with every problem that ``resolve`` gave.
    """
    compile_document(document)
    try:
        return pin_envelope(envelope_of(document), resolve)
    except DocumentInvalid as error:
        raise DocumentInvalid(_pointers_as_given(document, error.problems)) from None


def _located(source: Source, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    located = [*source.duplicates, *(source.located(problem) for problem in found)]
    return tuple(sorted(located, key=lambda problem: (problem.line, problem.column)))


def _compile(document: Any, *, pinned: bool) -> tuple[Workflow | None, tuple[Problem, ...]]:
    findings = Findings()
    check_plain(document, findings)
    if len(findings):
        return None, findings.problems()
    if not isinstance(document, (dict, list)):
        message = says("the document is {kind}, not a list of steps or an object around one", kind=kind_of(document))
        findings.add("wrong_type", "", message, says('For example [{"id": "hello", "uses": "core/set@1"}].'))
        return None, findings.problems()
    envelope = document if isinstance(document, dict) else {"steps": document}
    workflow = _compile_envelope(envelope, findings, pinned=pinned)
    if len(findings):
        return None, _pointers_as_given(document, findings.problems())
    return workflow, ()


def _pointers_as_given(document: Any, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Inside, every document is an envelope; in a bare list of steps there is no ``/steps`` to point to."""
    if isinstance(document, dict):
        return found
    return tuple(replace(problem, pointer=problem.pointer.removeprefix("/steps")) for problem in found)


def _compile_envelope(envelope: dict[str, Any], findings: Findings, *, pinned: bool) -> Workflow | None:
    if "id" in envelope:
        message = says("the document is one step, not a list of steps or an object around one")
        findings.add("missing_key", "", message, says("Put the step into a list: [{…}]."))
        return None
    fields, output = _read_envelope(envelope, findings)
    if "steps" not in envelope:
        findings.add("missing_key", "", says("the document has no `steps`"), says('Write "steps": [ … ].'))
        return None
    reader = StepReader(findings, pinned=pinned)
    reader.read_list(envelope["steps"], "/steps", Role.TOP)
    names = Names(vars=frozenset(fields.get("vars") or ()), inputs=_declared_inputs(fields.get("inputs")))
    checker = ReferenceChecker(reader.steps, reader.lists, reader.ids, reader.unread, names, findings)
    checker.check(output)
    check_nested_retries(reader.steps, reader.lists, findings)
    if len(findings):
        return None
    steps, live_at_end = with_liveness(reader.steps, reader.lists, output)
    steps = with_places(steps, reader.lists)
    return Workflow(steps=steps, lists=tuple(reader.lists), output=output, live_at_end=live_at_end, **fields)


def _read_envelope(envelope: dict[str, Any], findings: Findings) -> tuple[dict[str, Any], Template | None]:
    fields: dict[str, Any] = {}
    output = None
    check_keys(envelope, rules.ENVELOPE_KEYS, phrase("a document"), "", findings)
    schema = envelope.get("schema", rules.SCHEMA)
    if is_kind(schema, str, phrase("`schema` is text"), "/schema", findings) and schema != rules.SCHEMA:
        message = says("the schema {schema} is not known", schema=shown(schema))
        findings.add("unknown_value", "/schema", message, says("This version reads {schema}.", schema=rules.SCHEMA))
    if "name" in envelope:
        fields["name"] = read_text(envelope["name"], "`name`", "/name", findings, limit=rules.MAX_NAME)
    if envelope.get("description", "") != "":
        fields["description"] = read_text(
            envelope["description"], "`description`", "/description", findings, limit=rules.MAX_DESCRIPTION, lines=True
        )
    if "inputs" in envelope:
        fields["inputs"] = read_schema(envelope["inputs"], "`inputs`", "/inputs", findings)
        if isinstance(envelope["inputs"], dict) and envelope["inputs"].get("type", "object") != "object":
            findings.add(
                "bad_schema", "/inputs/type", says("a job's inputs are an object"), says('Write "type": "object".')
            )
    if "vars" in envelope and is_kind(envelope["vars"], dict, phrase("`vars` is an object"), "/vars", findings):
        fields["vars"] = envelope["vars"]
    if "timeout" in envelope:
        fields["timeout_ms"] = read_duration(envelope["timeout"], "`timeout`", "/timeout", findings)
    if "output" in envelope:
        output = read_template(envelope["output"], "/output", findings)
    return fields, output


def _declared_inputs(schema: Any) -> frozenset[str] | None:
    """The names of the inputs when the schema allows no others; ``None`` when it may allow any."""
    if not isinstance(schema, dict) or schema.get("additionalProperties") is not False:
        return None
    if not isinstance(schema.get("properties"), dict) or "patternProperties" in schema:
        return None
    return frozenset(schema["properties"])
