"""Filters of the pages of projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from tropeiro.web.permissions import Role

register = template.Library()


@register.filter
def right(role: Role, rights: Mapping[Role, Any]) -> str:
    """What somebody with this role may do."""
    return str(rights[role])
