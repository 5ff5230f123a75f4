"""What a rendering and a compilation cost: ``python benchmarks/expressions.py``. Best of several rounds, in µs."""

from __future__ import annotations

import timeit

from tropeiro.kernel.compiler import compile_expression
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.syntax import parse

NAMES = {
    "inputs": {"name": "Ana", "days": 28, "price": 12.5},
    "steps": {"a": {"output": {"b": [1, 2, 3]}, "error": None, "state": "succeeded"}},
    "item": {"offset": 2_000, "limit": 1_000},
    "index": 2,
    "vars": {"page_size": 1_000},
    "job": {"id": "0198", "workflow": "report", "started_at": "2024-02-29T12:00:00Z", "attempt": 1},
}
RENDERED = {
    "path": "{{ steps.a.output.b }}",
    "text": "Report for {{ inputs.name }}: {{ inputs.days }} days",
    "arithmetic": "{{ (item.offset + item.limit) * 2 // vars.page_size - index }}",
    "text and arithmetic": "{{ inputs.name }} pays {{ inputs.price * inputs.days + 1 }} by page {{ index + 1 }}",
    "comparison": "{{ inputs.days > 7 and inputs.name in ['Ana', 'Rui'] }}",
    "filters": "{{ steps.a.output.b | sum | string | default('none') }}",
    "object of 3": {"query": "{{ inputs.name }}", "offset": "{{ item.offset }}", "limit": "{{ item.limit }}"},
}
TARGETS = {"path": 2.0, "text": 15.0, "arithmetic": 15.0, "text and arithmetic": 15.0}


def best(call: object, number: int) -> float:
    """Microseconds for one call, the best of seven rounds."""
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6  # type: ignore[arg-type]


def main() -> None:
    """Print the table."""
    print(f"{'render':24}{'µs':>8}  target")
    for title, source in RENDERED.items():
        template = compile_template(source)
        target = f"{TARGETS[title]:g}" if title in TARGETS else ""
        print(f"{title:24}{best(lambda t=template: t.render(NAMES), 20_000):8.2f}  {target}")
    print(f"\n{'compile (no cache)':24}{'µs':>8}")
    for title, source in RENDERED.items():
        if isinstance(source, str) and source.endswith("}}") and source.count("{{") == 1:
            print(f"{title:24}{best(lambda s=source: compile_expression(parse(s, 0)[0]), 500):8.1f}")


if __name__ == "__main__":
    main()
