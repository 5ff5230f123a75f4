from __future__ import annotations

from django.apps import AppConfig

from tropeiro.kernel.wording import speak
from tropeiro.web.wording import WORDING


class ScreensConfig(AppConfig):
    name = "tropeiro.web.screens"

    def ready(self) -> None:
        """Django calls this once in a process: what the kernel says is then said in the reader's language."""
        speak(WORDING)
