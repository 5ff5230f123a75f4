"""The service ``template``: text with ``<< … >>`` in it.

A step's ``with`` is rendered before the service is called, so ``{{ … }}`` in the text is the workflow's own and gone by
then. Between ``<<`` and ``>>`` stands the same expression language, evaluated over ``data``.
"""

from __future__ import annotations

import html
import re
from typing import Annotated, Any, Literal

from pydantic import Field

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import Template, compile_template
from tropeiro.kernel.limits import MAX_FUEL, Meter
from tropeiro.kernel.values import text_of
from tropeiro.sdk import ServiceError, service
from tropeiro.services.core.example import Example
from tropeiro.services.core.threads import aside

MAX_TEXT = 200_000
MAX_OUTPUT = 1_000_000
MAX_ITEMS = 10_000
MAX_PLACES = 200_000

# Quoted text inside an expression may contain the closing mark.
_PLACE = re.compile(r"""<<((?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|(?!>>)[^"'])*+)>>""", re.DOTALL)


@service(title="Fill in a text", pure=True, public=True, timeout="1m")
async def template(
    text: Annotated[str, Field(max_length=MAX_TEXT, description="The text, with `<< … >>` where values go.")],
    data: Annotated[Any, Field(description="What the expressions see as `inputs`.")] = None,
    each: Annotated[
        list[Any] | None,
        Field(
            max_length=MAX_ITEMS,
            description="Repeats the text for each of these, which the expressions see as `item` and `index`.",
        ),
    ] = None,
    separator: Annotated[str, Field(max_length=1_000, description="Stands between the repetitions.")] = "",
    escape: Annotated[
        Literal["none", "html"], Field(description="`html` makes the values, not the text, safe inside a page.")
    ] = "none",
) -> str:
    """Fills values into a text.

    Between `<<` and `>>` stands an expression of the workflow language over `inputs` (which is `data`), and with
    `each` also `item` and `index`: `<< inputs.name | upper >>`. Values become text as in a workflow: lists and objects
    become JSON.
    `{{ … }}` in the text belongs to the workflow and is filled in before this service is called; `<< "{{" >>` and
    `<< "<<" >>` write the marks themselves.
    """
    return await aside(len(text) * max(len(each or []), 1), _rendered, text, data, each, separator, escape)


def _rendered(text: str, data: Any, each: list[Any] | None, separator: str, escape: str) -> str:
    parts = _parts(text)
    if each is None:
        return _bounded([_fill(parts, {"inputs": data}, escape)])
    if len(each) * len(parts) > MAX_PLACES:
        raise ServiceError("too_many_expressions", f"There are more than {MAX_PLACES} values to fill in. Use fewer.")
    pieces: list[str] = []
    size = 0
    for index, item in enumerate(each):
        pieces.append(_fill(parts, {"inputs": data, "item": item, "index": index}, escape))
        size += len(pieces[-1]) + len(separator)
        if size > MAX_OUTPUT + len(separator):
            break
    return _bounded(pieces, separator)


def _parts(text: str) -> list[str | tuple[Template, str]]:
    """Literal texts, and expressions with the place where they stand."""
    parts: list[str | tuple[Template, str]] = []
    end = 0
    while (start := text.find("<<", end)) >= 0:
        where = _where(text, start)
        found = _PLACE.match(text, start)
        if found is None:
            raise ServiceError(
                "template_invalid",
                f'`<<` at {where} has no `>>`. Close it, or write `<< "<<" >>` for the mark itself.',
            )
        try:
            expression = compile_template(f"{{{{{found[1]}}}}}")
        except ExpressionError as error:
            raise ServiceError("template_invalid", f"The expression at {where}: {error.message}") from None
        parts += [text[end:start], (expression, where)]
        end = found.end()
    return [*parts, text[end:]]


def _fill(parts: list[str | tuple[Template, str]], names: dict[str, Any], escape: str) -> str:
    filled: list[str] = []
    for part in parts:
        if isinstance(part, str):
            filled.append(part)
            continue
        expression, where = part
        try:
            value = text_of(expression.render(names), Meter(MAX_FUEL))
        except ExpressionError as error:
            raise ServiceError("template_failed", f"The expression at {where}: {error.message}") from None
        filled.append(html.escape(value) if escape == "html" else value)
    return "".join(filled)


def _bounded(pieces: list[str], separator: str = "") -> str:
    text = separator.join(pieces)
    if len(text) > MAX_OUTPUT:
        raise ServiceError("output_too_large", f"The text is longer than {MAX_OUTPUT} characters. Fill in less.")
    return text


def _where(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


EXAMPLES = (
    Example(
        "template",
        "A greeting",
        {"text": "Hello, << inputs.name >>: << inputs.rows >> rows.", "data": {"name": "Ana", "rows": 3}},
        "Hello, Ana: 3 rows.",
    ),
    Example(
        "template",
        "One line for each item, safe inside HTML",
        {
            "text": "<li><< index + 1 >>. << item.title >></li>",
            "each": [{"title": "Salt & sugar"}, {"title": "<b>"}],
            "separator": "\n",
            "escape": "html",
        },
        "<li>1. Salt &amp; sugar</li>\n<li>2. &lt;b&gt;</li>",
    ),
)
