"""The project ``core``: services that are part of Tropeiro itself, one module a service or two."""

from __future__ import annotations

from tropeiro.sdk import ServiceDefinition, definition_of
from tropeiro.services.core import aggregating, calling, filtering, notifying, plain, tables, templates
from tropeiro.services.core.example import Example

CORE_SERVICES: tuple[ServiceDefinition, ...] = tuple(
    definition_of(function)
    for function in (
        aggregating.aggregate,
        tables.csv,
        plain.fail,
        filtering.filter_items,
        plain.flatten,
        calling.http,
        plain.write_log,
        notifying.notify,
        plain.set_values,
        templates.template,
    )
)
"""Every service of the project, by name."""

EXAMPLES: tuple[Example, ...] = tuple(
    example
    for module in (aggregating, tables, plain, filtering, calling, notifying, templates)
    for example in module.EXAMPLES
)
"""What each of them does, shown; a test executes them."""
