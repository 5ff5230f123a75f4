"""The texts of the editor's scripts: key → words in the reader's language."""

from __future__ import annotations

from tropeiro.web.screens.editor.frame_texts import frame_texts
from tropeiro.web.screens.editor.panel_texts import panel_texts
from tropeiro.web.screens.editor.value_texts import value_texts


def editor_texts() -> dict[str, str]:
    """All of them, as `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {**frame_texts(), **panel_texts(), **value_texts()}
