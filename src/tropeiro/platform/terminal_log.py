"""How a process's log looks on a terminal."""

from __future__ import annotations

import logging

import structlog


def formatter() -> logging.Formatter:
    """Coloured lines, tracebacks without the values of variables: those may be secrets."""
    plain = structlog.dev.RichTracebackFormatter(show_locals=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(exception_formatter=plain),
        ],
    )
