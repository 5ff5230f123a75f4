"""Taking a workflow's text from a file that a form sends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.source_map import MAX_BYTES


def text_of_file(request: Any) -> str:
    """What the file under the name ``file`` says. Raises `InvalidInput` for none, a large one, and what is no text."""
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(_("Choose a file first."))
    if file.size > MAX_BYTES:
        raise InvalidInput(_("The file is larger than a workflow may be."))
    try:
        return str(file.read().decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise InvalidInput(_("The file is no text in UTF-8.")) from None
