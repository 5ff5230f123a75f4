"""A process's own log: JSON lines for files and machines, coloured lines for a terminal. On stderr."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import msgspec

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What every record has, besides what its caller added."""


class JsonLines(logging.Formatter):
    """One record as one JSON object: ``event``, ``level``, ``logger``, ``timestamp``, what ``extra`` holds, and a
    traceback under ``exception``, without the values of variables: those may be secrets.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _OWN}
        told |= {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            told["stack"] = self.formatStack(record.stack_info)
        return msgspec.json.encode(told, enc_hook=repr).decode()


def set_up_logs(*, debug: bool = False) -> None:
    """Send everything that this process logs to stderr, from ``info`` up, or from ``debug`` up."""
    handler = logging.StreamHandler(sys.stderr)
    # What paints for a terminal takes as long to load as the rest of a worker's start, and children have no terminal.
    coloured = sys.stderr.isatty()
    handler.setFormatter(import_module("tropeiro.platform.terminal_log").formatter() if coloured else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # One line a request would drown the rest.
    for chatty in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
