"""Names and other short texts that people give to things, as they are kept."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.plain_text import code_point, unseen


def one_line(text: str) -> str:
    """A text in one line, without blanks around it. Raises `InvalidInput` for characters that nobody sees."""
    return plain(" ".join(text.split()))


def plain(text: str, *, field: str = "", lines: bool = False) -> str:
    """The same text. Raises `InvalidInput` for a character that nobody sees but that changes how the rest is read.

    ``field`` goes into the error's details; line breaks are let in with ``lines``.
    """
    place = unseen(text, lines=lines)
    if place is None:
        return text
    raise InvalidInput(
        _("At place %(place)d stands the invisible character %(character)s.")
        % {"place": place + 1, "character": code_point(text[place])},
        hint=_("Type the text again without it."),
        details={"field": field} if field else None,
    )
