"""``tropeiro validate``: every problem of a document, without any database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tropeiro.cli.boundary import problem_lines, problem_object
from tropeiro.cli.exits import ExitCode
from tropeiro.cli.files import read_text
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.kernel.document import problems

app = typer.Typer(add_completion=False)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The document, or - for standard input.")], json: Json = False
) -> None:
    """Check a workflow document; show every problem with its place and what to do.

    Services it names are not looked up: that happens when it is saved or run.
    """
    found = problems(read_text(file))

    def people() -> None:
        for problem in found:
            for line in problem_lines(problem, name=str(file)):
                print_line(line)
        print_line(f"{file}: {_count(len(found))}")

    shown = {"file": str(file), "valid": not found, "problems": [problem_object(problem) for problem in found]}
    print_result(shown, json=json, people=people)
    raise typer.Exit(ExitCode.USAGE if found else ExitCode.SUCCEEDED)


def _count(number: int) -> str:
    return "valid." if number == 0 else "1 problem." if number == 1 else f"{number} problems."
