"""Results of an earlier job, by path, for the branches that may reuse them."""

from __future__ import annotations

from tropeiro.kernel.packet import Result


def memo_by_branch(memo: dict[str, Result], split: str, *, foreach: bool) -> dict[str, dict[str, Result]]:
    """The part of ``memo`` that each branch or item of the step at path ``split`` owns, by index or branch name."""
    parts: dict[str, dict[str, Result]] = {}
    lead = split + ("[" if foreach else ".")
    end = "]" if foreach else "."
    for path, result in memo.items():
        if path.startswith(lead):
            key = path[len(lead) :].split(end, 1)[0]
            parts.setdefault(key, {})[path] = result
    return parts
