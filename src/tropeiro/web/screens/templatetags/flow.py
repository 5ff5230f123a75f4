"""What the diagram of a workflow is told in the reader's language."""

from __future__ import annotations

import msgspec
from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def flow_words() -> str:
    """The words that the diagram writes, as JSON; see ``frontend/src/flow/mermaid_text.ts``."""
    words = {
        "yes": _("yes"),
        "no": _("no"),
        "otherwise": _("else"),
        "onError": _("on error"),
        "steps": _("{count} steps"),
        "title": _("Workflow"),
    }
    return msgspec.json.encode(words).decode()
