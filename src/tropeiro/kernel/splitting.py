"""One packet becomes many: the items of a ``foreach``, the branches of a ``parallel``."""

from __future__ import annotations

from typing import Any

from tropeiro.kernel.commands import Branch, Split
from tropeiro.kernel.deadline import packet_deadline
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.memo import memo_by_branch
from tropeiro.kernel.packet import Packet, Scope
from tropeiro.kernel.paths import round_of, step_path
from tropeiro.kernel.wording import says
from tropeiro.kernel.workflow import Join, Kind, Step

MAX_ITEMS = 100_000
"""Items of one ``foreach``."""


def checked_items(value: Any) -> list[Any]:
    """What ``foreach`` gave, if it is a list that is not too long. Raises `ExpressionError`."""
    if not isinstance(value, list):
        raise ExpressionError(
            says("foreach needs a list, got {kind}", kind=type(value).__name__),
            key="/foreach",
            hint=says("Give an expression that yields a list."),
        )
    if len(value) > MAX_ITEMS:
        raise ExpressionError(
            says("foreach over {count} items; the limit is {most}", count=len(value), most=MAX_ITEMS),
            key="/foreach",
            hint=says("Fetch in pages, or split the work over several jobs."),
        )
    return value


def split_items(packet: Packet, step: Step, items: list[Any]) -> Split:
    """A packet for each item."""
    first = packet.route.workflow.lists[step.body or 0].steps[0]
    memos = memo_by_branch(packet.memo or packet.scope.memo, step_path(packet, step), foreach=True)
    branches = tuple(Branch(index=i, step=first, item=item, memo=memos.get(str(i), {})) for i, item in enumerate(items))
    return _split(packet, step, branches, foreach=True)


def split_branches(packet: Packet, step: Step) -> Split:
    """A packet for each branch."""
    memos = memo_by_branch(packet.memo or packet.scope.memo, step_path(packet, step), foreach=False)
    lists = [packet.route.workflow.lists[index] for index in step.branches]
    branches = tuple(
        Branch(index=i, step=steps.steps[0], memo=memos.get(steps.name, {})) for i, steps in enumerate(lists)
    )
    return _split(packet, step, branches, foreach=False)


def _split(packet: Packet, step: Step, branches: tuple[Branch, ...], *, foreach: bool) -> Split:
    visible = {**packet.scope.outputs, **packet.outputs}
    # Inside an item, ``item`` and ``index`` stay visible in the branches of a ``parallel``.
    around = packet if packet.index is not None else packet.scope
    scope = Scope(
        inputs=packet.scope.inputs,
        outputs={name: visible[name] for name in step.reads_inside if name in visible},
        prefix=step_path(packet, step),
        round=round_of(packet, step, inside=True),
        item=around.item,
        index=around.index,
        mock=packet.scope.mock,
    )
    return Split(
        packet=packet,
        scope=scope,
        branches=branches,
        foreach=foreach,
        join=step.join if step.kind is Kind.PARALLEL else Join.ALL,
        concurrency=step.concurrency,
        deadline_ms=packet_deadline(packet),
    )
