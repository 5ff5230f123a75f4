"""``python -m tropeiro.cli.reference FILE``: writes the commands and their options into the page `docs/cli.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from tropeiro.cli.console import prepare_models
from tropeiro.cli.main import COMMANDS

HEADING = "## Commands\n\n"
"""What stands below it in the page is generated."""


def reference() -> str:
    """Every command with its arguments and options, as Markdown."""
    prepare_models()
    return "\n".join(line for name in COMMANDS for line in _pages(f"tropeiro {name}", _command(name)))


def _command(name: str) -> Any:
    return typer.main.get_command(import_module(COMMANDS[name][0]).app)


def _pages(name: str, command: Any) -> Iterator[str]:
    if subcommands := getattr(command, "commands", None):
        for sub_name, subcommand in subcommands.items():
            yield from _pages(f"{name} {sub_name}", subcommand)
        return
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [parameter for parameter in shown if parameter.param_type_name == "argument"]
    options = [parameter for parameter in shown if parameter.param_type_name == "option" and parameter.name != "help"]
    yield f"### {' '.join([name, *(f'`{_value(argument)}`' for argument in arguments)])}"
    yield ""
    yield inspect.cleandoc(command.help or "").replace("\f", "").strip()
    yield ""
    rows = [(f"`{_value(argument)}`", argument.help) for argument in arguments]
    rows += [(_option(option), option.help) for option in options]
    if rows:
        yield "| | |"
        yield "|---|---|"
        yield from (f"| {first.replace('|', chr(92) + '|')} | {second or ''} |" for first, second in rows)
        yield ""


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} `{_value(option)}`"


def _value(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.rstrip("_").upper())


if __name__ == "__main__":
    _page = Path(sys.argv[1])
    _page.write_text(_page.read_text().partition(HEADING)[0] + HEADING + reference())
