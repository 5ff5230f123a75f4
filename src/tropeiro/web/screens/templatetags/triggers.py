"""Tags of the pages of triggers: their past moments as bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tropeiro.kernel.firing import FiringOutcome
from tropeiro.web.jobs import words
from tropeiro.web.screens import labels
from tropeiro.web.triggers.search import PastMoment

register = template.Library()


@register.filter
def past_class(moment: PastMoment) -> str:
    """The kind of bar: the state of its job, or what became of the moment without one."""
    if moment.job_state is not None:
        return moment.job_state.value.replace("_", "-")
    return "failed" if moment.outcome is FiringOutcome.FAILED else "skipped"


@register.simple_tag
def past_title(moment: PastMoment) -> str:
    """When, and what became of it."""
    local = timezone.localtime(moment.at)
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M} · {_word(moment)}"


@register.simple_tag
def past_words(past: Sequence[PastMoment]) -> str:
    """All of them for who sees no bars: how many of each."""
    counted = Counter(_word(moment) for moment in past)
    return _("The last times: %(counts)s") % {
        "counts": ", ".join(f"{count} {word}" for word, count in counted.most_common())
    }


def _word(moment: PastMoment) -> str:
    return str(words.JOB_STATES[moment.job_state] if moment.job_state else labels.FIRINGS[moment.outcome])
