"""The fields of a form, built from what was sent under their names, with the value that they make.

One walk over the schema does both, so that what is shown and what is read cannot differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from tropeiro.kernel import schema as kernel_schema
from tropeiro.kernel.problems import escape
from tropeiro.kernel.schema_tree import MISSING
from tropeiro.web.screens.schema_form.reading import read_text
from tropeiro.web.screens.schema_form.shape import Option, Shape, shape_of
from tropeiro.web.screens.schema_form.texts import (
    DEEPEST,
    ITEMS,
    MODE,
    VARIANT,
    Sent,
    pretty,
    standing_alone,
    texts_of,
)
from tropeiro.web.screens.schema_form.words import words_of

PREFIX = "in"
MOST_FIELDS = 400
"""More fields than this are one field for JSON: nobody fills in such a form."""
MOST_ITEMS = 200
NO_VARIANT = -1
_ODD = re.compile(r"[^A-Za-z0-9{}-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field, or several together."""

    name: str
    """Under which it is sent."""
    pointer: str
    """JSON Pointer of its value."""
    kind: str
    """As in `shape.Shape`, and ``blank`` where the schema leaves nothing to fill in."""
    label: str
    help: str = ""
    needed: bool = False
    """Whether the form cannot be sent without it."""
    text: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    rule: dict[str, Any] = field(default_factory=dict)
    schema: Any = None
    """What an alternative was decided to be, where errors are looked for."""
    fields: tuple[Field, ...] = ()
    """Of an object, the elements of a list, the alternatives."""
    blank: Field | None = None
    """Of a list: an element to be, with ``{n}`` for its number where n counts the lists around it."""
    variant: int = 0
    """Which alternative is chosen, or NO_VARIANT."""
    problem: str = ""
    value: Any = MISSING

    @property
    def id(self) -> str:
        """Of its element on the page."""
        return _ODD.sub(lambda match: f"_{ord(match[0]):x}_", self.name)

    @property
    def number(self) -> str:
        """Of an element of a list: its number, or what stands for it."""
        return self.name.rpartition("/")[2]

    @property
    def items_name(self) -> str:
        """Under which a list sends the numbers of its elements."""
        return self.name + ITEMS

    @property
    def variant_name(self) -> str:
        """Under which the choice of an alternative is sent."""
        return self.name + VARIANT

    @property
    def minimum(self) -> Any:
        """The least number."""
        least = self.rule.get("minimum")
        above = self.rule.get("exclusiveMinimum")
        return above + 1 if least is None and self.kind == "integer" and isinstance(above, int) else least

    @property
    def maximum(self) -> Any:
        """The greatest number."""
        most = self.rule.get("maximum")
        below = self.rule.get("exclusiveMaximum")
        return below - 1 if most is None and self.kind == "integer" and isinstance(below, int) else most

    @property
    def example(self) -> str:
        """The schema's first example of a text or number."""
        examples = self.rule.get("examples")
        first = examples[0] if isinstance(examples, list) and examples else ""
        return str(first) if isinstance(first, (str, int, float)) and not isinstance(first, bool) else ""

    @property
    def full(self) -> bool:
        """Whether a list may have no more elements."""
        most = self.rule.get("maxItems")
        return len(self.fields) >= min(most if isinstance(most, int) else MOST_ITEMS, MOST_ITEMS)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown, and its value."""

    root: Field
    as_json: bool
    """Whether the whole is one text."""
    can_be_fields: bool
    problem: str = ""
    """What is wrong with the whole."""

    @property
    def value(self) -> Any:
        """What it says; ``{}`` of an object that says nothing."""
        return self.root.value

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong, as far as was looked."""
        return not self.problem and not any(one.problem for one in every(self.root))

    @property
    def mode_name(self) -> str:
        """Under which it is sent whether the whole is one text."""
        return PREFIX + MODE

    @property
    def empty(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self.as_json and self.root.kind == "object" and not self.root.fields


def every(field_: Field) -> list[Field]:
    """A field and all inside it that are in use."""
    inner = [one for n, one in enumerate(field_.fields) if field_.kind != "variants" or n == field_.variant]
    return [field_, *(one for part in inner for one in every(part))]


def new_form(schema: Any, value: Any = MISSING, *, as_json: bool = False) -> Form:
    """The form with ``value``, else with the schema's defaults. ``None`` for a schema allows every object."""
    schema = {"type": "object"} if schema is None or schema is True else schema
    if as_json:
        text = pretty(_build(schema, texts_of(schema, value, PREFIX)).value if value is MISSING else value)
        return _form(schema, {PREFIX: [text], PREFIX + MODE: ["json"]})
    return _form(schema, texts_of(schema, value, PREFIX))


def sent_form(schema: Any, sent: Sent) -> Form:
    """The form as it was sent, checked: every field with what is wrong there."""
    schema = {"type": "object"} if schema is None or schema is True else schema
    return _checked(schema, _form(schema, sent))


def changed_form(schema: Any, sent: Sent, do: str) -> Form:
    """The form as it was sent with one more or one less element, another alternative, or as one text; not checked.

    ``do`` is ``add:name``, ``remove:name``, ``json`` or ``fields``; anything else changes nothing.
    """
    schema = {"type": "object"} if schema is None or schema is True else schema
    act, _colon, name = do.partition(":")
    texts = {key: list(values) for key, values in sent.items()}
    form = _form(schema, texts)
    if act == "json" and not form.as_json:
        return new_form(schema, form.value, as_json=True)
    if act == "fields" and form.as_json:
        return form if form.root.problem else _form(schema, texts_of(schema, form.value, PREFIX))
    if act == "add":
        numbers = texts.setdefault(name + ITEMS, [])
        numbers.append(str(max((int(one) for one in numbers if one.isdecimal()), default=-1) + 1))
    if act == "remove":
        around, _slash, number = name.rpartition("/")
        texts[around + ITEMS] = [one for one in texts.get(around + ITEMS, []) if one != number]
    return _form(schema, texts)


def _form(schema: Any, sent: Sent) -> Form:
    shape = shape_of(schema, schema)
    as_json = shape.kind == "json" or sent.get(PREFIX + MODE) == ["json"]
    if as_json:
        return Form(_json_field(schema, sent), True, shape.kind != "json")
    return Form(_build(schema, sent), False, True)


def _json_field(schema: Any, sent: Sent) -> Field:
    shape = shape_of(schema, schema)
    text = sent.get(PREFIX, ["{}"])[0]
    value, problem = read_text("json", text if text.strip() else "{}", shape)
    return Field(
        name=PREFIX, pointer="", kind="json", label="JSON", help=shape.help, text=text, value=value, problem=problem
    )


def _build(schema: Any, sent: Sent) -> Field:
    return _Builder(schema, sent).field(schema, PREFIX, "", "", needed=True, depth=0)


class _Builder:
    """One walk; the fields are counted, so that no schema makes a page without end."""

    def __init__(self, root: Any, sent: Sent, count: int = 0) -> None:
        self._root, self._sent, self._count = root, sent, count

    def field(self, schema: Any, name: str, pointer: str, label: str, *, needed: bool, depth: int) -> Field:
        """The field of a schema under ``name``; ``depth`` counts the fields around it."""
        self._count += 1
        shape = shape_of(schema, self._root)
        too_much = depth > DEEPEST or self._count > MOST_FIELDS
        as_text = shape.kind in ("object", "list") and name in self._sent
        plain = Field(
            name=name,
            pointer=pointer,
            kind="json" if too_much or as_text else shape.kind,
            label=shape.title or label,
            help=shape.help,
            needed=needed,
            options=shape.options,
            rule=shape.rule,
            schema=shape.rule,
        )
        builders = {"object": self._object, "list": self._list, "variants": self._variants}
        build = builders.get(plain.kind)
        return self._scalar(plain, shape) if build is None else build(plain, shape, depth)

    def _scalar(self, plain: Field, shape: Shape) -> Field:
        texts = self._sent.get(plain.name, [])
        if plain.kind == "choices":
            value: Any = [option.value for option in shape.options if option.text in texts]
            return replace(plain, chosen=tuple(texts), value=value if value or plain.needed else MISSING)
        if plain.kind == "fixed":
            return replace(plain, value=shape.rule.get("const"), text=pretty(shape.rule.get("const")))
        if plain.kind == "check":
            return replace(plain, text="true" if "true" in texts else "", value="true" in texts)
        text = texts[0] if texts else ""
        value, problem = read_text(plain.kind, text, shape)
        if value is MISSING and plain.needed and shape.nullable:
            value = None
        return replace(plain, text=text, value=value, problem=problem)

    def _object(self, plain: Field, shape: Shape, depth: int) -> Field:
        fields = tuple(
            self.field(
                rule,
                f"{plain.name}/{escape(name)}",
                f"{plain.pointer}/{escape(name)}",
                name.replace("_", " ").strip().capitalize() or name,
                needed=plain.needed and name in shape.required,
                depth=depth + 1,
            )
            for name, rule in shape.fields.items()
        )
        value = {name: one.value for name, one in zip(shape.fields, fields, strict=True) if one.value is not MISSING}
        said = plain.needed or any(_is_said(one) for one in fields)
        return replace(plain, fields=fields, value=value if said else MISSING)

    def _list(self, plain: Field, shape: Shape, depth: int) -> Field:
        numbers = [one for one in self._sent.get(plain.items_name, []) if one.isdecimal() and len(one) < 10]
        label = shape_of(shape.item, self._root).title
        items = []
        for place, number in enumerate(dict.fromkeys(numbers[:MOST_ITEMS])):
            item = self.field(
                shape.item, f"{plain.name}/{number}", f"{plain.pointer}/{place}", label, needed=True, depth=depth + 1
            )
            nothing = "" if item.kind in ("text", "lines") else None
            items.append(item if item.value is not MISSING else replace(item, value=nothing))
        blank = self._blank(shape.item, plain.name, label, depth)
        value = [one.value for one in items]
        return replace(plain, fields=tuple(items), blank=blank, value=value if value or plain.needed else MISSING)

    def _blank(self, item: Any, name: str, label: str, depth: int) -> Field | None:
        """An element to be, for the script that adds one; without the elements of lists inside it."""
        if depth >= DEEPEST or self._count > MOST_FIELDS:
            return None
        key = f"{name}/{{{name.count('{')}}}"
        builder = _Builder(self._root, texts_of(item, MISSING, key, self._root), self._count)
        made = builder.field(item, key, "", label, needed=True, depth=depth + 1)
        self._count = builder._count
        return made

    def _variants(self, plain: Field, shape: Shape, depth: int) -> Field:
        texts = self._sent.get(plain.variant_name, [])
        given = bool(texts) and texts[0].isdecimal() and len(texts[0]) < 4
        # What may be left out begins with no alternative at all.
        chosen = min(int(texts[0]), len(shape.variants) - 1) if given else 0 if plain.needed else NO_VARIANT
        fields = tuple(
            self.field(
                variant.schema,
                f"{plain.variant_name}{n}",
                plain.pointer,
                variant.label,
                needed=True,
                depth=depth + 1,
            )
            for n, variant in enumerate(shape.variants)
        )
        options = tuple(Option(str(n), variant.label, n) for n, variant in enumerate(shape.variants))
        return replace(
            plain,
            fields=fields,
            variant=chosen,
            options=options,
            schema=shape.rule if chosen == NO_VARIANT else shape.variants[chosen].schema,
            value=MISSING if chosen == NO_VARIANT else fields[chosen].value,
        )


def _is_said(one: Field) -> bool:
    """Whether somebody filled in a part of something that may be left out."""
    if one.kind == "fixed" or one.value is MISSING:
        return False
    if one.kind == "object":
        return any(_is_said(inner) for inner in every(one)[1:])
    default = one.rule.get("default", False if one.kind == "check" else MISSING)
    return bool(default is MISSING or one.value != default)


def _checked(schema: Any, form: Form) -> Form:
    """The form with every mismatch at its field, or at the nearest one around it."""
    if not form.valid:
        # What is no JSON cannot be looked into; the rest is told when it is.
        return form
    said: dict[str, str] = {}
    inner = {one.pointer: one for one in every(form.root)}
    for mismatch in _mismatches(schema, schema, form.value, inner, ""):
        pointer = mismatch.pointer
        while pointer not in inner:
            pointer = pointer.rpartition("/")[0]
        said.setdefault(pointer, words_of(mismatch, exact=pointer == mismatch.pointer))
    root = _with_problems(form.root, said)
    return replace(form, root=root, problem=said.get("", "") if root.kind == "object" else "")


def _mismatches(
    root: Any, schema: Any, value: Any, fields: dict[str, Field], base: str
) -> list[kernel_schema.Mismatch]:
    found: list[kernel_schema.Mismatch] = []
    for one in kernel_schema.mismatches(standing_alone(schema, root), value):
        at = msgspec.structs.replace(one, pointer=base + one.pointer)
        field_ = fields.get(at.pointer)
        if one.keyword in ("anyOf", "oneOf") and field_ is not None and field_.schema != schema:
            # Somebody chose one of the alternatives: only what that one says helps.
            precise = _mismatches(root, field_.schema, field_.value, fields, at.pointer)
            found.extend(precise or [at])
        else:
            found.append(at)
    return found


def _with_problems(one: Field, said: dict[str, str]) -> Field:
    if one.kind == "variants":
        fields = tuple(_with_problems(inner, said) if n == one.variant else inner for n, inner in enumerate(one.fields))
        return replace(one, fields=fields)
    fields = tuple(_with_problems(inner, said) for inner in one.fields)
    return replace(one, fields=fields, problem=said.get(one.pointer, one.problem))
