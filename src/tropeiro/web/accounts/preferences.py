"""What a person decides for themselves: how they are called, language, time zone, colours."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.kernel.schedule import zone_names
from tropeiro.web.accounts.models import User
from tropeiro.web.naming import one_line

THEMES = ("system", "light", "dark")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Of a user. Empty means as the browser says."""

    name: str = ""
    language: str = ""
    time_zone: str = ""
    theme: str = ""


def preferences(user: int) -> Preferences:
    """What the user decided. Raises `NotFound`."""
    row = User.objects.filter(id=user).values_list("name", "language", "time_zone", "theme").first()
    if row is None:
        raise NotFound(_("There is no such user."))
    name, language, time_zone, theme = row
    return Preferences(name=name, language=language, time_zone=time_zone, theme=theme)


def save_preferences(user: int, wanted: Preferences) -> None:
    """Keep what the user decided. Raises `InvalidInput` for what is none of the choices."""
    name = one_line(wanted.name)
    if len(name) > LONGEST_NAME:
        raise InvalidInput(_("A name has at most %(most)s characters.") % {"most": LONGEST_NAME})
    checked_language(wanted.language)
    checked_theme(wanted.theme)
    if wanted.time_zone and wanted.time_zone not in zone_names():
        raise InvalidInput(_("`%(text)s` is no time zone.") % {"text": wanted.time_zone[:64]})
    User.objects.filter(id=user).update(
        name=name, language=wanted.language, time_zone=wanted.time_zone, theme=wanted.theme
    )


def choose_language(user: int, language: str) -> None:
    """Keep the language alone. Raises `InvalidInput`."""
    User.objects.filter(id=user).update(language=checked_language(language))


def choose_theme(user: int, theme: str) -> None:
    """Keep the colours alone. Raises `InvalidInput`."""
    User.objects.filter(id=user).update(theme=checked_theme(theme))


def checked_language(language: str) -> str:
    """The language, when the console speaks it or it is empty. Raises `InvalidInput`."""
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("`%(text)s` is not a language of the console.") % {"text": language[:20]})
    return language


def checked_theme(theme: str) -> str:
    """The colours, when there are such or it is empty. Raises `InvalidInput`."""
    if theme and theme not in THEMES:
        raise InvalidInput(_("`%(text)s` is not a theme of the console.") % {"text": theme[:20]})
    return theme
