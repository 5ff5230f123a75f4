"""Where errors end: a clear message on stderr, the right exit code, and no traceback."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from tropeiro.cli.exits import ExitCode, code_for
from tropeiro.cli.output import json_text, warn_line
from tropeiro.kernel.errors import Problem, TropeiroError

INTERRUPTED = 130
"""What shells expect of a process that Ctrl-C ended."""


def guarded(command: Callable[[], Any], *, json: bool, debug: bool) -> int:
    """Run ``command``; its exit code. Errors are shown as text, or with ``json`` as one JSON object, on stderr."""
    try:
        returned = command()
        return returned if isinstance(returned, int) else ExitCode.SUCCEEDED
    except TropeiroError as error:
        _show(error_object(error), json=json)
        code: int = code_for(error)
    except typer.TyperException as error:
        text = error.format_message()
        # A command group without a command: the message is its help, already shown.
        if text:
            _show({"code": "usage", "message": text, "hint": "See: tropeiro --help"}, json=json)
        code = ExitCode.USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough. Nothing more can be said to it, not even by Python's own last flush.
        sys.stdout = None
        return ExitCode.SUCCEEDED
    except Exception as error:  # noqa: BLE001 - the last boundary of the process: nobody above could show it
        if debug:
            traceback.print_exc()
        hint = "This is a defect in Tropeiro. Set TROPEIRO_DEBUG=1 to see where, and report it."
        _show({"code": "defect", "message": f"{type(error).__name__}: {error}", "hint": hint}, json=json)
        return ExitCode.PLATFORM
    if debug:
        traceback.print_exc()
    return code


def error_object(error: TropeiroError) -> dict[str, Any]:
    """An error as it is shown to machines."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.hint:
        shown["hint"] = error.hint
    # Documents and project files carry all of their problems.
    if problems := getattr(error, "problems", ()):
        shown["problems"] = [problem_object(problem) for problem in problems]
    elif error.details is not None:
        shown["details"] = error.details
    return shown


def problem_object(problem: Problem) -> dict[str, Any]:
    """A problem of a document as it is shown to machines."""
    return {
        "code": problem.code,
        "pointer": problem.pointer,
        "message": problem.message,
        "hint": problem.hint,
        "line": problem.line,
        "column": problem.column,
    }


def problem_lines(problem: Problem, *, name: str = "") -> list[str]:
    """A problem of a document as it is shown to people: where, what, and below it what to do."""
    place = ":".join(str(part) for part in (name, problem.line, problem.column) if part)
    where = " ".join(part for part in (place, problem.pointer) if part)
    lines = [f"{where or '/'}: {problem.message} [{problem.code}]"]
    return [*lines, f"    {problem.hint}"] if problem.hint else lines


def _show(error: dict[str, Any], *, json: bool) -> None:
    if json:
        sys.stderr.write(f"{json_text({'error': error})}\n")
        return
    if "problems" in error:
        for shown in error["problems"]:
            for line in problem_lines(Problem(**shown)):
                warn_line(line, colour="red" if not line.startswith(" ") else "")
        return
    warn_line(f"Error: {error['message']}", colour="red")
    if error.get("hint"):
        warn_line(error["hint"])
