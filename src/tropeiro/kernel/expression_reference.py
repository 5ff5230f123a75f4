"""The reference of names and filters, made from the register that the compiler itself uses.

``python -m tropeiro.kernel.expression_reference`` prints it; ``--write docs/expressions.md`` replaces the part of that
file between the two marks, and leaves the rest alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from tropeiro.kernel.compiler import ROOTS
from tropeiro.kernel.filters import FILTERS, Filter
from tropeiro.kernel.limits import (
    ELEMENTS_PER_FUEL,
    MAX_DEPTH,
    MAX_EXPRESSIONS,
    MAX_FUEL,
    MAX_NESTING,
    MAX_OUTPUT,
    MAX_SOURCE,
    MAX_TEXT,
    MAX_WRITTEN,
)

BEGIN = "<!-- generated: python -m tropeiro.kernel.expression_reference --write docs/expressions.md -->"
END = "<!-- end of the generated part -->"
_GROUPS = ("Any value", "Lists", "Objects", "Texts", "Numbers", "Dates", "JSON and encodings")


def reference() -> str:
    """The generated part of ``docs/expressions.md``, as Markdown, without the marks."""
    parts = ["## Names\n", _table(("name", "what it is"), [(f"`{name}`", text) for name, text in ROOTS.items()])]
    parts.append("\n## Filters\n")
    parts.extend(_index(group) for group in _GROUPS)
    for group in _GROUPS:
        parts.append(f"\n### {group}\n")
        parts.extend(_section(found) for found in _members(group))
    parts.append("\n## Limits\n")
    parts.append(_table(("what", "at most"), _limits()))
    return "\n".join(parts) + "\n"


def replaced(document: str) -> str:
    """``document`` with its generated part made anew. Raises ValueError when a mark is missing."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"The document has no part between {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def _members(group: str) -> list[Filter]:
    return sorted((found for found in FILTERS.values() if found.group == group), key=lambda found: found.name)


def _index(group: str) -> str:
    names = ", ".join(f"[`{found.name}`](#{found.name})" for found in _members(group))
    return f"- {group}: {names}"


def _section(found: Filter) -> str:
    lines = [f"#### {found.name}\n", f"`{found.value.accepted} | {found.signature}`\n", f"{found.summary}\n"]
    if found.arguments:
        lines += [f"- `{a.name}`: {a.accepted}{'' if a.required else ', optional'}" for a in found.arguments]
        lines.append("")
    lines.append("```jinja")
    lines += [f"{{{{ {example.source} }}}}  →  {_json(example.result)}" for example in found.examples]
    lines.append("```\n")
    return "\n".join(lines)


def _limits() -> list[tuple[str, str]]:
    return [
        ("characters between one pair of braces", f"{MAX_SOURCE:,}"),
        ("expressions in one text", f"{MAX_EXPRESSIONS}"),
        ("levels of one expression", f"{MAX_DEPTH}"),
        ("levels of lists and objects in a template", f"{MAX_NESTING}"),
        (
            "fuel for one rendering: each piece of its expressions costs 1, and so do about "
            f"{ELEMENTS_PER_FUEL} elements that a filter visits",
            f"{MAX_FUEL:,}",
        ),
        ("characters of one text that is worked on", f"{MAX_TEXT:,}"),
        ("characters written, searched and hashed in one rendering", f"{MAX_WRITTEN:,}"),
        ("size of a result that names the same data more than once", f"{MAX_OUTPUT:,}"),
        ("integers", "128 bits, with sign"),
    ]


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {left} | {right} |" for left, right in rows)]
    return "\n".join(lines)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def main(arguments: list[str]) -> int:
    """Print the reference, or write it into the file behind ``--write``."""
    if not arguments:
        sys.stdout.write(reference())
        return 0
    if len(arguments) != 2 or arguments[0] != "--write":
        sys.stderr.write("usage: python -m tropeiro.kernel.expression_reference [--write FILE]\n")
        return 2
    path = Path(arguments[1])
    path.write_text(replaced(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
