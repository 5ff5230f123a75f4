"""The steps of a workflow as a table: the flow for those who rather read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tropeiro.kernel.pinning import envelope_of, lists_in

MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineRow:
    """One step."""

    id: str
    name: str
    depth: int
    part: str
    """Which list of the step around it begins here: a branch, a case; empty elsewhere."""
    kind: str
    uses: str
    foreach: str
    condition: str


def outline(pinned: str) -> tuple[OutlineRow, ...]:
    """The steps of a pinned document, those inside others after them; at most 500."""
    rows = _rows(envelope_of(msgspec.json.decode(pinned))["steps"], 0, "")
    return tuple(row for row, _number in zip(rows, range(MOST_ROWS), strict=False))


def top_steps(pinned: str) -> list[tuple[str, str]]:
    """Id and name of the steps at the top of a pinned document."""
    return [
        (step["id"], str(step.get("name") or step["id"])) for step in envelope_of(msgspec.json.decode(pinned))["steps"]
    ]


def _rows(steps: list[dict[str, Any]], depth: int, part: str) -> Iterator[OutlineRow]:
    for number, step in enumerate(steps):
        yield OutlineRow(
            id=step["id"],
            name=str(step.get("name") or step["id"]),
            depth=min(depth, 6),
            part=part if number == 0 else "",
            kind=_kind(step),
            uses=str(step.get("uses", "")),
            foreach=_shown(step.get("foreach")),
            condition=_shown(step.get("if")),
        )
        for inner, below in lists_in(step):
            name = "" if below == "/steps" else below.removesuffix("/steps").removeprefix("/").replace("/", " ")
            yield from _rows(inner, depth + 1, name)


def _kind(step: dict[str, Any]) -> str:
    if "foreach" in step:
        return "foreach"
    return next((kind for key, kind in _KINDS.items() if key in step), "")


_KINDS = {"steps": "group", "branches": "parallel", "cases": "choice", "wait": "wait", "approval": "approval"}


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
