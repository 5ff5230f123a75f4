"""The entry point. Commands are named here and loaded when they are called: ``--help`` waits for no framework."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tropeiro.cli.boundary import guarded
from tropeiro.platform.child import follow_parent

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("tropeiro.cli.up", "Start everything on this machine: database, web, workers."),
    "run": ("tropeiro.cli.run", "Run a workflow, follow it, and print its output."),
    "validate": ("tropeiro.cli.validate", "Check a workflow document; show every problem."),
    "project": ("tropeiro.cli.project", "Projects as code: init, apply, list."),
    "service": ("tropeiro.cli.service", "Services: list, show, call."),
    "job": ("tropeiro.cli.job", "Jobs: list, show, logs, cancel, pause, resume, retry, rerun, answer."),
    "trigger": ("tropeiro.cli.trigger", "Triggers: create, list, show, enable, disable, run, delete."),
    "credential": ("tropeiro.cli.credential", "Credentials: set, list, delete. Write-only."),
    "token": ("tropeiro.cli.token", "API tokens: create, list, revoke. Shown once."),
    "user": ("tropeiro.cli.user", "Users: list, create, new-password, reset-second-step, deactivate, activate."),
    "limit": ("tropeiro.cli.limit", "Limits on calls: list, set, remove."),
    "worker": ("tropeiro.cli.worker", "Run one worker process."),
    "web": ("tropeiro.cli.web", "Run the web process: console, API, events."),
    "migrate": ("tropeiro.cli.migrate", "Bring the database to this version."),
    "doctor": ("tropeiro.cli.doctor", "Check the surroundings; say what is wrong and what to do."),
    "demo": ("tropeiro.cli.demo", "Fill an organization with a made-up history, to show every screen."),
    "emulator": ("tropeiro.cli.emulator", "Run the sample's emulator of Google Analytics."),
}
"""Name → module that holds its ``app``, and one line for the list."""


_NEED_MODELS = {"run", "project", "service", "job", "trigger", "credential", "token", "user", "limit", "doctor", "demo"}
"""Commands whose modules name tables: Django must know its settings before they are loaded."""


class LazyGroup(TyperGroup):
    """The commands, each loaded when it is called and not when it is listed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, line) in COMMANDS.items():
            # What the list shows; `resolve_command` puts the real one in its place.
            self.add_command(typer.core.TyperCommand(name, help=line), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in COMMANDS:
            if args[0] in _NEED_MODELS:
                import_module("tropeiro.cli.console").prepare_models()
            module = import_module(COMMANDS[args[0]][0])
            self.add_command(typer.main.get_command(module.app), args[0])
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyGroup,
    name="tropeiro",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"tropeiro {import_module('importlib.metadata').version('tropeiro')}\n")
        raise typer.Exit


@app.callback()
def _tropeiro(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Tropeiro carries data from service to service.

    Exit codes: 0 succeeded, 1 the job failed, 2 bad usage or invalid document, 3 the platform cannot start or be
    reached. With --json, results and errors are JSON.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with its code."""
    follow_parent()
    # Ends the same way as Ctrl-C: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    command = typer.main.get_command(app)
    sys.exit(
        guarded(
            lambda: command.main(args=given, prog_name="tropeiro", standalone_mode=False),
            json="--json" in given,
            debug=os.environ.get("TROPEIRO_DEBUG", "") not in ("", "0"),
        )
    )


if __name__ == "__main__":
    main()
