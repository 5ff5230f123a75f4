"""The texts of the editor's scripts: key → words in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def editor_texts() -> dict[str, str]:
    """All of them, as `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {
        "loading": _("The editor is loading…"),
    }
