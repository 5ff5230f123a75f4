"""The menu: what stands in it, in which order, and which entry the page at an address belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    title: str
    address: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that stand together; without a title they stand by themselves."""

    title: str
    entries: tuple[Entry, ...]


def menu(path: str) -> tuple[Group, ...]:
    """The menu as the page at ``path`` shows it."""

    def group(title: str, *entries: Entry) -> Group:
        return Group(title, entries)

    def entry(title: str, name: str, *prefixes: str, icon: str) -> Entry:
        address = reverse(name)
        under = prefixes or (address,)
        current = any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in under if one != "/")
        return Entry(title, address, icon, current or path == address)

    return (
        group(
            "",
            entry(_("Dashboard"), "dashboard", icon="layout-dashboard"),
            entry(_("Realtime"), "realtime", icon="activity"),
            entry(_("Projects"), "projects", icon="folders"),
            entry(_("Services"), "services", icon="plug"),
        ),
        group(
            _("Automation"),
            entry(_("Workflows"), "workflows", icon="route"),
            entry(_("Automation services"), "automations", icon="packages"),
            entry(_("Triggers"), "triggers", icon="alarm"),
        ),
        group(
            _("Operation"),
            entry(_("Jobs"), "jobs", icon="list-check"),
            entry(_("Logs"), "logs", icon="file-text"),
        ),
        group(
            _("Organization"),
            entry(_("Credentials"), "credentials", icon="key"),
            entry(_("Settings"), "settings", "/settings", "/operator", icon="settings"),
        ),
    )
