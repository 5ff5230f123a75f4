"""The toolbar of pages with numbers: project, filters, range of time, what it is compared with, CSV.

Everything that is chosen stands in the address, under the names that lists of jobs know too (`jobs.filters`):
``project``, ``state``, ``workflow``, ``service``, ``trigger``, ``version``; ``range`` (``today``, ``24h``, ``7d``,
``28d``, ``90d``, or ``custom`` with ``from`` and ``to``), ``compare`` (``none``, ``previous``, ``year``),
``format=csv``. What cannot be read is as if it were not there.

A view makes one with `toolbar` and gives it to its template, which includes ``parts/toolbar.html``. It has the
`Period`, the `Scope` and the `Compare` that queries want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics import period as periods
from tropeiro.web.analytics.choices import Choice, choices
from tropeiro.web.analytics.period import Compare, Period
from tropeiro.web.analytics.scope import ENDS, Scope
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.screens import labels
from tropeiro.web.screens.frame import with_query

RANGES: Mapping[str, tuple[Any, Callable[[datetime, ZoneInfo], Period]]] = {
    "today": (gettext_lazy("Today"), lambda now, zone: periods.last_days(1, now, zone)),
    "24h": (gettext_lazy("Last 24 hours"), periods.last_24_hours),
    "7d": (gettext_lazy("Last 7 days"), lambda now, zone: periods.last_days(7, now, zone)),
    "28d": (gettext_lazy("Last 28 days"), lambda now, zone: periods.last_days(28, now, zone)),
    "90d": (gettext_lazy("Last 90 days"), lambda now, zone: periods.last_days(90, now, zone)),
}
COMPARES = {
    Compare.NONE: gettext_lazy("No comparison"),
    Compare.PREVIOUS: gettext_lazy("Previous period"),
    Compare.YEAR: gettext_lazy("Previous year"),
}


class ChipKind(StrEnum):
    """What can be filtered by. The value is the name in the address."""

    STATUS = "state"
    AUTOMATION = "workflow"
    SERVICE = "service"
    TRIGGER = "trigger"
    VERSION = "version"


TITLES = {
    ChipKind.STATUS: gettext_lazy("Status"),
    ChipKind.AUTOMATION: gettext_lazy("Automation"),
    ChipKind.SERVICE: gettext_lazy("Service"),
    ChipKind.TRIGGER: gettext_lazy("Trigger"),
    ChipKind.VERSION: gettext_lazy("Version"),
}
DASHBOARD_CHIPS = (ChipKind.STATUS, ChipKind.AUTOMATION, ChipKind.SERVICE, ChipKind.TRIGGER, ChipKind.VERSION)


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu."""

    label: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter: what it can be set to, and what it is set to."""

    kind: ChipKind
    title: str
    options: tuple[Option, ...]
    label: str
    """What it is set to; empty when it leaves everything in."""
    without: str
    """The address without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbar:
    """What was chosen, and what can be."""

    period: Period
    scope: Scope
    compare: Compare
    project: str
    """Name of the chosen project; empty for all."""
    projects: tuple[Option, ...]
    chips: tuple[Chip, ...]
    ranges: tuple[Option, ...]
    range_label: str
    custom: bool
    first: str
    """First day of the range, as a date field wants it."""
    last: str
    today: str
    hidden: tuple[tuple[str, str], ...]
    """What a form of the range must keep of the address."""
    kept: tuple[tuple[str, str], ...]
    """What a form of a filter must keep of it."""
    compares: tuple[Option, ...]
    compare_label: str
    csv: str
    """Address of the same as CSV; empty where there is none."""
    clear: str
    """Address without any filter."""
    csv_wanted: bool

    @property
    def narrowed(self) -> bool:
        """Whether a filter or a project leaves something out."""
        return bool(self.project) or any(chip.label for chip in self.chips)

    @property
    def open_chips(self) -> tuple[Chip, ...]:
        """Filters that are not set."""
        return tuple(chip for chip in self.chips if not chip.label)

    @property
    def set_chips(self) -> tuple[Chip, ...]:
        """Filters that are set."""
        return tuple(chip for chip in self.chips if chip.label)


def toolbar(
    request: Any,
    *,
    chips: Iterable[ChipKind] = DASHBOARD_CHIPS,
    with_projects: bool = True,
    within: UUID | None = None,
    default_range: str = "7d",
    compare: Compare | None = Compare.PREVIOUS,
    csv: bool = True,
) -> Toolbar:
    """The toolbar as the address of ``request`` has it.

    ``within`` is the project of a page that is about one: then there is no menu of projects, and the scope is that
    project's. ``compare`` is what is compared with by default, ``None`` where nothing can be.
    """
    sent, zone, now = request.GET, reader_zone(), timezone.now()
    kinds = tuple(chips)
    wanted = {kind: sent.get(kind.value, "") if kind in kinds else "" for kind in ChipKind}
    project = within or _uuid(sent.get("project", ""))
    known = choices(
        request.member,
        project=project,
        workflow=_uuid(wanted[ChipKind.AUTOMATION]),
        service=_uuid(wanted[ChipKind.SERVICE]),
        within=project,
    )
    by_kind: dict[str, tuple[Choice, ...]] = {
        kind: tuple(one for one in known if one.kind == kind) for kind in ("project", "workflow", "service")
    }
    scope = _scope(wanted, by_kind, project if within is None else within, projectless=sent.get("project") == "none")
    range_name, period = _period(sent, now, zone, default_range)
    chosen = Compare.NONE if compare is None else _compare(sent.get("compare", ""), compare)
    first, last = (moment.astimezone(zone).date() for moment in (period.start, period.end))
    shown_projects = within is None and with_projects
    return Toolbar(
        period=period,
        scope=scope,
        compare=chosen,
        project=_project_name(scope, by_kind["project"]) if shown_projects else "",
        projects=_projects(request, scope, by_kind["project"]) if shown_projects else (),
        chips=tuple(_chip(request, kind, scope, by_kind) for kind in kinds),
        ranges=tuple(
            Option(str(label), _address(request, range=name, **{"from": None, "to": None}), name == range_name)
            for name, (label, _of) in RANGES.items()
        ),
        range_label=str(RANGES[range_name][0]) if range_name in RANGES else _between(period),
        custom=range_name not in RANGES,
        first=first.isoformat(),
        last=last.isoformat(),
        today=now.astimezone(zone).date().isoformat(),
        hidden=_kept(sent, "range", "from", "to"),
        kept=_kept(sent, "version"),
        compares=()
        if compare is None
        else tuple(
            Option(str(label), _address(request, compare=one.value), one is chosen) for one, label in COMPARES.items()
        ),
        compare_label=str(COMPARES[chosen]),
        csv=_address(request, format="csv") if csv else "",
        clear=_address(request, project=None, **{kind.value: None for kind in ChipKind}),
        csv_wanted=csv and sent.get("format") == "csv",
    )


def reader_zone() -> ZoneInfo:
    """The time zone of whoever reads."""
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def _kept(sent: Any, *changed: str) -> tuple[tuple[str, str], ...]:
    gone = {"after", "before", "format", *changed}
    return tuple((name, value) for name, value in sent.dict().items() if name not in gone)


def _address(request: Any, **changes: str | None) -> str:
    # A cursor and a format belong to what was shown, not to what is asked for now.
    return with_query(request, **{"after": None, "before": None, "format": None, **changes})


def _scope(
    wanted: Mapping[ChipKind, str], known: Mapping[str, tuple[Choice, ...]], project: UUID | None, *, projectless: bool
) -> Scope:
    def one_of(kind: str, text: str) -> UUID | None:
        id_ = _uuid(text)
        return id_ if any(choice.id == id_ for choice in known[kind]) else None

    version = wanted[ChipKind.VERSION]
    return Scope(
        project=project if any(choice.id == project for choice in known["project"]) else None,
        projectless=projectless,
        workflow=one_of("workflow", wanted[ChipKind.AUTOMATION]),
        service=one_of("service", wanted[ChipKind.SERVICE]),
        version=int(version) if version.isascii() and version.isdigit() and 0 < len(version) < 7 else None,
        trigger=wanted[ChipKind.TRIGGER] if wanted[ChipKind.TRIGGER] in labels.TRIGGERS else "",
        status=next((state for state in ENDS if state.value == wanted[ChipKind.STATUS]), None),
    )


def _period(sent: Mapping[str, str], now: datetime, zone: ZoneInfo, default: str) -> tuple[str, Period]:
    name = sent.get("range", "")
    if name == "custom":
        start, end = (_moment(sent.get(bound, ""), zone) for bound in ("from", "to"))
        if isinstance(start, datetime) and isinstance(end, datetime):
            return name, periods.moments(start, end, now, zone)
        if start is not None and end is not None:
            return name, periods.between(_day(start), _day(end), now, zone)
    if name not in RANGES:
        name = default
    return name, RANGES[name][1](now, zone)


def _moment(text: str, zone: ZoneInfo) -> date | datetime | None:
    """A day, or a moment by the reader's clock."""
    try:
        if len(text) <= len("2026-11-28"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _between(period: Period) -> str:
    start, end = (moment.astimezone(period.zone) for moment in (period.start, period.end))
    days = [date_format(moment, "SHORT_DATE_FORMAT") for moment in (start, end)]
    if (start.hour, start.minute) == (0, 0) and (end.hour, end.minute) == (0, 0):
        last = date_format((end - periods.DAY).date(), "SHORT_DATE_FORMAT")
        return days[0] if days[0] == last else f"{days[0]} – {last}"
    if days[0] == days[1]:
        return f"{days[0]} {start:%H:%M} – {end:%H:%M}"
    return f"{days[0]} {start:%H:%M} – {days[1]} {end:%H:%M}"


def _compare(text: str, default: Compare) -> Compare:
    return Compare(text) if text in set(Compare) else default


def _project_name(scope: Scope, known: Iterable[Choice]) -> str:
    if scope.projectless:
        return _("Without a project")
    return next((one.name for one in known if one.id == scope.project), "")


def _projects(request: Any, scope: Scope, known: Iterable[Choice]) -> tuple[Option, ...]:
    every = Option(_("All projects"), _address(request, project=None), scope.project is None and not scope.projectless)
    none = Option(_("Without a project"), _address(request, project="none"), scope.projectless)
    return (
        every,
        *(Option(one.name, _address(request, project=str(one.id)), one.id == scope.project) for one in known),
        none,
    )


def _chip(request: Any, kind: ChipKind, scope: Scope, known: Mapping[str, tuple[Choice, ...]]) -> Chip:
    if kind is ChipKind.STATUS:
        values = [(state.value, str(JOB_STATES[JobState(state)])) for state in ENDS]
        chosen = scope.status.value if scope.status else ""
    elif kind is ChipKind.TRIGGER:
        values = [(code, str(label)) for code, label in labels.TRIGGERS.items()]
        chosen = scope.trigger
    elif kind is ChipKind.VERSION:
        values, chosen = [], str(scope.version or "")
    else:
        values = [(str(one.id), one.name) for one in known[kind.value]]
        chosen = str(scope.workflow or "") if kind is ChipKind.AUTOMATION else str(scope.service or "")
    label = next((label for value, label in values if value == chosen), chosen)
    return Chip(
        kind=kind,
        title=str(TITLES[kind]),
        options=tuple(
            Option(text, _address(request, **{kind.value: value}), value == chosen) for value, text in values
        ),
        label=label,
        without=_address(request, **{kind.value: None}),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
