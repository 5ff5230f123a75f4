"""Filters and tags of the pages of logs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tropeiro.web.logs.search import FoundLine
from tropeiro.web.screens.logs.bars import DrawnBar

register = template.Library()

_LEVELS = {"debug": _("debug"), "info": _("info"), "warning": _("warning"), "error": _("error")}
_AROUND = timedelta(minutes=1)


@register.filter
def level_word(level: str) -> str:
    """A level in the reader's language."""
    return str(_LEVELS.get(level, level))


@register.filter
def grouped(number: int) -> str:
    """A number with its thousands set apart."""
    return number_format(number, use_l10n=True, force_grouping=True)


@register.simple_tag
def log_moment(at: datetime) -> str:
    """A moment by the reader's clock, to the millisecond, as long as every other."""
    local = timezone.localtime(at)
    day = date_format(local, "d/m" if (get_language() or "en").startswith("pt") else "M d")
    return f"{day} {local:%H:%M:%S}.{local.microsecond // 1000:03}"


@register.simple_tag
def moment_title(at: datetime) -> str:
    """A moment whole, with its zone."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03} {local:%Z}"


@register.simple_tag
def bar_title(bar: DrawnBar) -> str:
    """What a bar says when it is pointed at."""
    start, end = timezone.localtime(bar.at), timezone.localtime(bar.until)
    counts = " · ".join(f"{level_word(level)} {grouped(count)}" for level, count in bar.counts)
    time = f"{date_format(start, 'SHORT_DATE_FORMAT')} {start:%H:%M:%S} – {end:%H:%M:%S}"
    return f"{time}\n{counts or '0'}"


@register.simple_tag
def count_of(bar: DrawnBar, level: str) -> str:
    """Lines of one level in a bar."""
    return grouped(dict(bar.counts).get(level, 0))


@register.simple_tag
def around(line: FoundLine) -> str:
    """The address of what all jobs said around a line."""
    start, end = (timezone.localtime(line.at + way * _AROUND).replace(tzinfo=None) for way in (-1, 1))
    query = {"range": "custom", "from": start.isoformat("T", "seconds"), "to": end.isoformat("T", "seconds")}
    return f"{reverse('logs')}?{urlencode(query)}"


@register.filter
def line_json(line: FoundLine) -> str:
    """A line as JSON, indented."""
    value: dict[str, Any] = {
        "id": line.id, "at": line.at, "level": line.level, "project": line.project, "automation": line.automation,
        "job": line.job, "step": line.path, "service": line.service, "attempt": line.attempt, "worker": line.worker,
        "message": line.message, "fields": line.fields,
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
