"""Filters of the form of a credential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import template

register = template.Library()


@register.filter
def at(problems: Mapping[str, str], name: str) -> str:
    """The problem at one field, or nothing."""
    return problems.get(name, "")


@register.filter
def nth(names: Sequence[str], number: int) -> str:
    """The name in a row of the form, or nothing."""
    return names[number] if number < len(names) else ""
