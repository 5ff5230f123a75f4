"""Filters and tags of the console's templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.durations import format_duration
from tropeiro.kernel.firing import COUNTED
from tropeiro.kernel.schedule import zone_names
from tropeiro.kernel.states import JobState, StepState
from tropeiro.web import permissions
from tropeiro.web.jobs import words
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.permissions import Role
from tropeiro.web.screens import causes, labels
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.triggers.words import cron_words, interval_words

register = template.Library()

_STATE_ICONS = {
    "queued": "circle-dashed",
    "running": "loader-2",
    "waiting": "clock",
    "paused": "player-pause",
    "succeeded": "circle-check",
    "failed": "circle-x",
    "cancelled": "ban",
    "timed_out": "hourglass",
    "skipped": "player-skip-forward",
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of Tabler's, for eyes only: a word or an ``aria-label`` stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("dist/icons.svg"),
        name,
    )


@register.simple_tag
def state_icon(state: str) -> SafeString:
    """The sign of a state, which says it also to who cannot tell the colours apart: its word stands beside it."""
    return icon(_STATE_ICONS[str(state)])


@register.simple_tag
def dist_script(name: str) -> SafeString:
    """A page's own script, from ``frontend/src/pages``."""
    return format_html('<script type="module" src="{}"></script>', static(f"dist/{name}.js"))


@register.simple_tag
def moment(at: datetime | None, precision: str = "second") -> SafeString | str:
    """A moment by the reader's clock, with the zone and UTC in its tooltip. ``precision`` is day, minute or second."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    day, clock = date_format(local, "SHORT_DATE_FORMAT"), {"minute": f" {local:%H:%M}", "second": f" {local:%H:%M:%S}"}
    utc = f"{local:%Y-%m-%d %H:%M:%S %Z} · {at.astimezone(UTC):%H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}{}</time>', at.isoformat(), utc, day, clock.get(precision, ""))


@register.filter
def role_name(role: Role | str) -> str:
    """The word for a role."""
    return permissions.role_name(role)


@register.filter
def includes(role: Role, other: Role | str) -> bool:
    """Whether a role may do whatever ``other`` may."""
    return role.includes(Role(other))


@register.filter
def limit_kind(kind: str) -> str:
    """For what a limit is."""
    return str(labels.LIMIT_KINDS[kind])


@register.filter
def service_kind(kind: str) -> str:
    """The word for a kind of service."""
    return str(labels.SERVICE_KINDS.get(kind, kind))


@register.filter
def job_state(state: JobState) -> str:
    """The word for a job's state."""
    return str(words.JOB_STATES[state])


@register.filter
def step_state(state: StepState) -> str:
    """The word for a step's state."""
    return str(words.STEP_STATES[state])


@register.filter
def dashed(code: str) -> str:
    """A code as a part of a class name."""
    return str(code).replace("_", "-")


@register.filter
def meaning(code: str | None) -> str:
    """What the code of a stored error means, for readers of other languages than the message's."""
    return causes.meaning(code or "")


@register.filter
def trigger(code: str) -> str:
    """The word for a trigger."""
    return str(labels.TRIGGERS.get(code, code))


@register.filter
def kind(code: str) -> str:
    """The word for a kind of step; nothing for a call."""
    return str(labels.KINDS.get(code, ""))


@register.filter
def firing(outcome: str) -> str:
    """The word for what became of a trigger's moment."""
    return str(labels.FIRINGS[str(outcome)])


@register.filter
def reason(error: dict[str, Any]) -> str:
    """Why a moment of a trigger passed without a job."""
    return str(labels.REASONS.get(error["code"], error["message"]))


@register.filter
def missed(count: int) -> str:
    """How many moments were passed over before one."""
    shown = f"{count}+" if count >= COUNTED - 1 else str(count)
    return ngettext("%(count)s before it missed", "%(count)s before it missed", count) % {"count": shown}


@register.filter
def in_a_row(count: int) -> str:
    """How often in a row a trigger could start nothing."""
    return ngettext("%(count)s failure.", "%(count)s failures in a row.", count) % {"count": number_format(count)}


@register.simple_tag
def schedule_words(schedule: Any) -> str:
    """When a trigger is due, in words; nothing when there are no simple ones."""
    return cron_words(schedule.cron) if schedule.cron else interval_words(schedule.every_ms)


@register.filter
def length_of(milliseconds: int) -> str:
    """A length of time as it is written in forms."""
    return format_duration(milliseconds)


@register.simple_tag
def in_zone(moment: datetime, zone: str) -> str:
    """A moment by a zone's clock, which is named; a script turns it into the reader's own."""
    local = moment.astimezone(ZoneInfo(zone if zone in zone_names() else "UTC"))
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S %Z}"


@register.filter
def short_id(value: Any) -> str:
    """The beginning and the end of an id: enough to recognize it."""
    text = str(value)
    return f"{text[:8]}…{text[-4:]}"


@register.filter
def short_uses(reference: str, member: Member | None) -> str:
    """A service's full name without the organization when that is the member's own or the house."""
    organization, _slash, rest = reference.partition("/")
    own = member is not None and organization == member.organization_slug
    return rest if rest.count("/") == 1 and (own or organization == HOUSE) else reference


@register.filter
def milliseconds(moment: datetime | None) -> str:
    """Unix time in milliseconds, for scripts."""
    return "" if moment is None else str(int(moment.timestamp() * 1000))


@register.filter
def duration(length: timedelta | None) -> str:
    """How long, to as many digits as one wants to read: 42 ms, 1.5 s, 3 min 20 s, 2 h 05 min."""
    return "" if length is None else _duration(length.total_seconds())


@register.simple_tag
def elapsed(start: datetime | None, end: datetime | None) -> str:
    """How long from ``start`` to ``end``, or until now."""
    if start is None:
        return ""
    return _duration(max(0.0, ((end or timezone.now()) - start).total_seconds()))


@register.filter
def pretty(value: Any) -> str:
    """A JSON value on many lines."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


@register.filter
def fields(value: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of a log line as texts."""
    return [
        (name, item if isinstance(item, str) else msgspec.json.encode(item).decode()) for name, item in value.items()
    ]


@register.filter
def percent(fraction: float) -> str:
    """A fraction as a percentage without digits."""
    return _("%(number)s%%") % {"number": number_format(round(fraction * 100), 0)}


@register.filter
def tries(count: int) -> str:
    """How often something was tried."""
    return ngettext("%(count)s try", "%(count)s tries", count) % {"count": number_format(count)}


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: str | None) -> str:
    """The page's own query with some values changed."""
    return with_query(context["request"], **changes)


def _duration(seconds: float) -> str:
    if seconds < 0.9995:
        return _("%(n)s ms") % {"n": number_format(round(seconds * 1000), 0)}
    if seconds < 60:
        return _("%(n)s s") % {"n": number_format(seconds, 1 if seconds < 9.95 else 0)}
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("%(m)s min %(s)s s") % {"m": minutes, "s": f"{rest:02d}"}
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": f"{minutes:02d}"}
    return _("%(d)s d %(h)s h") % {"d": hours // 24, "h": hours % 24}
