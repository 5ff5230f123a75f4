"""From the text between two braces to Jinja's syntax tree. Jinja reads; it never evaluates anything here.

Jinja counts lines and no columns. The tokens are therefore taken from its lexer one by one, and each is given its
offset in the text where its line number would stand: every node of the tree then knows its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.limits import MAX_DEPTH, MAX_SOURCE
from tropeiro.kernel.wording import grouped, phrase, says

_ENVIRONMENT = Environment(autoescape=True, keep_trailing_newline=True)
_LEXER = _ENVIRONMENT.lexer
_QUOTED_END = re.compile(r"'?end of (template|print statement)'?")

_OF_JINJA = (
    (
        re.compile(r"expected token (?P<expected>.+), got (?P<found>.+)"),
        phrase("expected token {expected}, got {found}"),
    ),
    (re.compile(r"Expected an expression, got (?P<found>.+)"), phrase("Expected an expression, got {found}")),
    (
        re.compile(r"unexpected (?P<found>.+), expected (?P<expected>.+)"),
        phrase("unexpected {found}, expected {expected}"),
    ),
    (re.compile(r"unexpected (?P<found>.+)"), phrase("unexpected {found}")),
    (re.compile(r"expected name or number"), phrase("expected name or number")),
    (re.compile(r"expected subscript expression"), phrase("expected subscript expression")),
    (re.compile(r"invalid syntax for function call expression"), phrase("invalid syntax for function call expression")),
    (re.compile(r"Invalid character in identifier"), phrase("Invalid character in identifier")),
)
"""What Jinja says about an expression."""


def parse(text: str, start: int) -> tuple[nodes.Expr, int]:
    """Read the expression whose ``{{`` stands at ``start``: its tree (``lineno`` is an offset in ``text``) and its end.

    The end is the offset behind the closing braces. Raises ExpressionError with a column.
    """
    inside = start + 2
    if text[inside : inside + 1] in ("-", "+"):
        raise ExpressionError(
            says("Braces with a sign are not supported."), column=inside + 1, hint=says("Write a space after {{.")
        )
    tokens, end = _tokens(text, inside)
    if not any(kind != "whitespace" for _, kind, _ in tokens):
        raise ExpressionError(says("There is nothing between the braces."), column=start + 1)
    try:
        parser = Parser(_ENVIRONMENT, "", state="variable")
        parser.stream = TokenStream(_LEXER.wrap(iter(tokens)), None, None)
        tree = parser.parse_expression()
        rest = parser.stream.current
    except TemplateSyntaxError as error:
        message = error.message or phrase("The expression cannot be read")
        raise ExpressionError(_sentence(message), column=error.lineno + 1) from None
    except RecursionError:
        raise ExpressionError(says("The expression is nested too deeply."), column=start + 1) from None
    except (SyntaxError, ValueError, OverflowError):
        raise ExpressionError(says("The expression holds a number that cannot be read."), column=start + 1) from None
    if rest.type != "eof":
        found = str(rest.value)[:40]
        hint = says("Write a list as [a, b].") if rest.type == "comma" else ""
        raise ExpressionError(
            says("The expression should end before '{found}'.", found=found), column=rest.lineno + 1, hint=hint
        )
    _check_depth(tree, start)
    return tree, end


def _tokens(text: str, inside: int) -> tuple[list[tuple[int, str, str]], int]:
    """Jinja's raw tokens up to the closing braces, as (offset, kind, text), and the offset behind the braces."""
    window = text[inside : inside + MAX_SOURCE + 2].replace("\r", " ")  # the lexer would fold \r\n, and offsets with it
    tokens: list[tuple[int, str, str]] = []
    offset = inside
    try:
        for _line, kind, part in _LEXER.tokeniter(window, None, None, "variable"):
            if kind == "variable_end":
                if part.startswith("-"):
                    raise ExpressionError(
                        says("Braces with a sign are not supported."), column=offset + 1, hint=says("Write }}.")
                    )
                return tokens, offset + 2
            tokens.append((offset, kind, part))
            offset += len(part)
    except TemplateSyntaxError as error:
        if len(text) - inside <= len(window) or "unexpected char" not in str(error.message):
            raise ExpressionError(_lexical(text, offset, str(error.message)), column=offset + 1) from None
    if len(text) - inside > len(window):
        message = says("The expression is not closed within {most} characters.", most=grouped(MAX_SOURCE))
        raise ExpressionError(
            message, column=inside - 1, hint=says("Close it with }}, or move the work into a service.")
        )
    raise ExpressionError(says("The expression is never closed."), column=inside - 1, hint=says("Close it with }}."))


def _lexical(text: str, offset: int, message: str) -> str:
    if "unexpected char" not in message:
        return _sentence(message)
    character = text[offset : offset + 1]
    if character in "'\"":
        return says("A text that starts with {character} is never closed.", character=character)
    return says("The character {character} has no meaning here.", character=repr(character))


def _sentence(message: str) -> str:
    """A message of Jinja's as one of ours; one that is not known here keeps its words."""
    ended = _QUOTED_END.sub(says("the end of the expression"), message.strip().rstrip("."))
    found = next(((form, match) for read, form in _OF_JINJA if (match := read.fullmatch(ended))), None)
    text = (says(found[0], **found[1].groupdict()) if found else says(ended))[:200]
    return f"{text[:1].upper()}{text[1:]}."


def _check_depth(tree: nodes.Node, start: int) -> None:
    waiting: list[tuple[nodes.Node, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError(
                says("The expression is nested more than {most} levels deep.", most=MAX_DEPTH),
                column=start + 1,
            )
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def openings(text: str) -> Iterator[tuple[int, str]]:
    """Offsets of ``{{``, ``{%`` and ``{#`` in a text, each with those two characters."""
    for found in _OPENING.finditer(text):
        yield found.start(), found.group()


_OPENING = re.compile(r"\{[{%#]")
