"""A small line of numbers by the day, drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

WIDTH, HEIGHT, EDGE = 84, 24, 2


@register.simple_tag
def sparkline(numbers: Sequence[int]) -> SafeString:
    """``numbers`` as a line over its area, the oldest at the left; said in words for who does not see it."""
    if len(numbers) < 2:
        return SafeString("")
    top = max(*numbers, 1)
    step = (WIDTH - 2 * EDGE) / (len(numbers) - 1)
    points = [
        f"{EDGE + n * step:.1f},{HEIGHT - EDGE - number / top * (HEIGHT - 2 * EDGE):.1f}"
        for n, number in enumerate(numbers)
    ]
    said = _("By the day: %(numbers)s") % {"numbers": ", ".join(number_format(number) for number in numbers)}
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>'
        '<polygon points="{},{} {} {},{}"/><polyline points="{}"/></svg>',
        WIDTH, HEIGHT, said, said, EDGE, HEIGHT - EDGE, " ".join(points), WIDTH - EDGE, HEIGHT - EDGE, " ".join(points),
    )  # fmt: skip
