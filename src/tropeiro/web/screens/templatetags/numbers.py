"""Tags for numbers: metrics and their changes, small lines and bars in the rows of lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tropeiro.web.analytics.metrics import Metric, Total, Verdict
from tropeiro.web.analytics.stats import Outcome
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.screens.templatetags.console import duration, icon

register = template.Library()

WIDTH, HEIGHT = 96, 24
TIMES = 9
"""From so much growth on it is told as a multiple: a percentage of four digits says nothing."""


@register.filter
def count(number: float | None) -> str:
    """A number as people of the language write it; a dash for none."""
    return "–" if number is None else number_format(number, 0, force_grouping=True)


@register.filter
def share(part: float | None) -> str:
    """A part of one, as a percentage with one digit; a dash for none."""
    if part is None:
        return "–"
    # 99.96 % must not read as if nothing had failed.
    shown = part * 100 if part in (0, 1) else min(max(part * 100, 0.1), 99.9)
    return _("%(number)s%%") % {"number": number_format(round(shown, 1), 0 if part in (0, 1) else 1)}


@register.filter
def metric_value(value: float | None, metric: Metric) -> str:
    """A value of a metric with its unit."""
    if value is None:
        return "–"
    if metric is Metric.SUCCESS:
        return share(value)
    if metric in (Metric.P50, Metric.P95):
        return duration(timedelta(seconds=value))
    return count(value)


@register.simple_tag
def change(total: Total) -> SafeString:
    """By how much a metric changed, in the colour of good or bad; said in words too for who does not see it."""
    part = total.change
    if part is None:
        return format_html(
            '<span class="change quiet">{}</span>', _("new") if total.value and total.before == 0 else "–"
        )
    if total.metric is Metric.SUCCESS:
        text = _("%(number)s points") % {"number": number_format(round(abs(part) * 100, 1), 1)}
    elif part >= TIMES:
        text = _("%(number)s times") % {"number": number_format(round(part + 1), 0, force_grouping=True)}
    else:
        digits = 0 if abs(part) >= 1 else 1
        text = _("%(number)s%%") % {"number": number_format(round(abs(part) * 100, digits), digits)}
    if total.verdict is Verdict.SAME and abs(part) < 0.0005:
        return format_html('<span class="change quiet">{}</span>', _("unchanged"))
    words = {Verdict.GOOD: _("better"), Verdict.BAD: _("worse"), Verdict.SAME: ""}[total.verdict]
    return format_html(
        '<span class="change {}">{}<span class="visually-hidden">{} </span>{}'
        '<span class="visually-hidden"> {}</span></span>',
        {Verdict.GOOD: "good", Verdict.BAD: "bad", Verdict.SAME: "quiet"}[total.verdict],
        icon("arrow-up" if part > 0 else "arrow-down", "icon-small"),
        _("up") if part > 0 else _("down"),
        text,
        words,
    )


@register.simple_tag
def spark(values: Sequence[int], label: str = "") -> SafeString:
    """A small line for the row of a list, with its numbers in words."""
    most = max([1, *values])
    step = WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{n * step:.1f},{HEIGHT - 2 - (HEIGHT - 4) * value / most:.1f}" for n, value in enumerate(values)
    )
    said = ", ".join(count(value) for value in values)
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<title>{label}</title><polyline points="{points}"/></svg>',
        w=WIDTH,
        h=HEIGHT,
        points=points,
        label=f"{label}: {said}" if label else said,
    )


@register.simple_tag
def outcome_bars(outcomes: Sequence[Outcome]) -> SafeString:
    """The last jobs as bars, the newest at the right: as high as they took long, in the colour of how they ended.

    No links: nobody hits a bar of six pixels with a finger. The page that the row leads to lists the jobs.
    """
    longest = max((one.duration.total_seconds() for one in outcomes if one.duration), default=0) or 1

    def bar(one: Outcome) -> tuple[Any, ...]:
        seconds = one.duration.total_seconds() if one.duration else 0
        said = " · ".join(filter(None, (str(JOB_STATES[one.state]), duration(one.duration))))
        return one.state.value.replace("_", "-"), max(12, round(100 * seconds / longest)), said

    return format_html(
        '<span class="outcomes">{}</span>',
        format_html_join(
            "",
            '<span class="outcome outcome-{}" style="--height: {}%" title="{}">'
            '<span class="visually-hidden">{}</span></span>',
            ((*bar(one), bar(one)[-1]) for one in outcomes),
        ),
    )
