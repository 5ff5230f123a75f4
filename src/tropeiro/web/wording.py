"""The kernel's messages in the language of the request: Django's gettext, and its way with numbers."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from tropeiro.kernel.wording import Wording

# Called when a message is made, so each looks at the language that is active then.
WORDING = Wording(
    text=gettext,
    plural=ngettext,
    number=lambda value: number_format(value, use_l10n=True, force_grouping=True),
)
