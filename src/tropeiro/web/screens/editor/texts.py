"""The texts of the editor's scripts: key → words in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tropeiro.web.screens.editor.panel_texts import panel_texts
from tropeiro.web.screens.editor.value_texts import value_texts


def editor_texts() -> dict[str, str]:
    """All of them, as `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {
        **panel_texts(),
        **value_texts(),
        "loading": _("The editor is loading…"),
    }
