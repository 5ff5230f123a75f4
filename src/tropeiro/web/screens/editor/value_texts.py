"""The texts of values in the editor: forms, expressions, the JSON tab, tests and their results."""

from __future__ import annotations

from django.utils.translation import gettext as _


def value_texts() -> dict[str, str]:
    """As `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {**_forms(), **_expressions(), **_json(), **_code(), **_tests(), **_results()}


def _forms() -> dict[str, str]:
    return {
        "mode.of": _("How {label} is given"),
        "mode.fixed": _("Fixed"),
        "mode.expression": _("Expression"),
        "mode.null": _("Null"),
        "value.default": _("Default: {value}"),
        "value.choose": _("Choose…"),
        "value.set": _("Set"),
        "value.unfit": _("This is not of the kind that is expected; it is shown as JSON."),
        "form.optional": _("Optional inputs ({count})"),
        "form.unknown": _("Not described by the service:"),
        "form.entry": _("Entry"),
        "form.add": _("Add {name}"),
        "form.add_member": _("Add a value"),
        "form.name": _("Name of the value"),
        "form.value_of": _("Value of {name}"),
        "form.kind_of": _("Kind of {label}"),
        "plain.text": _("Text"),
        "plain.number": _("Number"),
        "plain.boolean": _("Yes or no"),
        "plain.null": _("Null"),
        "plain.json": _("JSON"),
    }


def _expressions() -> dict[str, str]:
    return {
        "expression.example": "{{ inputs.name }}",
        "completion.title": _("Suggestions"),
        "completion.count": _("{count} suggestions"),
        "data.pick": _("Data"),
        "data.title": _("Data that can be used here"),
        "data.search": _("Search the data"),
        "data.none": _("Nothing is called that."),
        "data.inside": _("What is in {name}"),
        "data.inputs": _("what the job was started with"),
        "data.steps": _("steps before this one"),
        "data.item": _("the present element"),
        "data.index": _("its number, from 0"),
        "data.vars": _("constants"),
        "data.job": _("the job itself"),
        "data.output": _("what it gave"),
        "data.error": _("why it failed, or null"),
        "data.state": _("succeeded, failed, timed_out or skipped"),
        "data.first": _("the first element"),
        "preview.gives": _("gives"),
        "preview.cut": _("cut"),
        "preview.column": _("Column {column}:"),
        "kind_of.text": _("text"),
        "kind_of.integer": _("whole number"),
        "kind_of.number": _("number"),
        "kind_of.boolean": _("yes or no"),
        "kind_of.list": _("list"),
        "kind_of.object": _("object"),
        "kind_of.null": _("null"),
    }


def _json() -> dict[str, str]:
    return {
        "json.wrong": _("This is not JSON: {problem}"),
        "json.format": _("Format"),
        "json.search": _("Search"),
        "json.wrap": _("Wrap lines"),
        "json.fine": _("No problems."),
        "json.problems": _("{count} problems, the first in line {line}"),
        "json.problem": _("1 problem, in line {line}"),
        "json.unparsed": _(
            "This is not JSON yet. The text is kept as it is; list and diagram show what it was before."
        ),
        "json.keys": _(
            "Ctrl+Space completes, Ctrl+F searches, F8 goes to the next problem. Tab indents; Esc, then Tab "
            "leaves the text."
        ),
    }


def _code() -> dict[str, str]:
    return {
        "code.Find": _("Find"),
        "code.Replace": _("Replace"),
        "code.next": _("next"),
        "code.previous": _("previous"),
        "code.all": _("all"),
        "code.match case": _("match case"),
        "code.regexp": _("regular expression"),
        "code.by word": _("whole words"),
        "code.replace": _("replace"),
        "code.replace all": _("replace all"),
        "code.close": _("close"),
        "code.current match": _("current match"),
        "code.on line": _("on line"),
        "code.replaced match on line $": _("replaced the match on line $"),
        "code.replaced $ matches": _("replaced $ matches"),
        "code.Go to line": _("Go to line"),
        "code.go": _("go"),
        "code.Diagnostics": _("Problems"),
        "code.No diagnostics": _("No problems"),
        "code.Completions": _("Suggestions"),
        "code.Folded lines": _("Folded lines"),
        "code.Unfolded lines": _("Unfolded lines"),
        "code.Fold line": _("Fold the line"),
        "code.Unfold line": _("Unfold the line"),
        "code.unfold": _("unfold"),
        "code.folded code": _("folded text"),
        "code.to": _("to"),
    }


def _tests() -> dict[str, str]:
    return {
        "test.help": _(
            "Runs what stands here, saved or not. It really happens: a service that sends or writes does so, "
            "unless its step has a result for tests or a pinned output."
        ),
        "test.what": _("What to run"),
        "test.all": _("The whole draft"),
        "test.until": _("Up to “{name}”"),
        "test.step": _("Only “{name}”"),
        "test.step_help": _("Outputs of the steps before it come from pinned outputs, or from this job:"),
        "test.index": _("Number of the item, from 0"),
        "test.inputs": _("Inputs"),
        "test.no_inputs": _("The workflow declares no inputs."),
        "test.start": _("Start the test"),
        "test.starting": _("Starting…"),
        "test.cancel": _("Cancel the test"),
        "pins.title": _("Pinned outputs"),
        "pins.help": _("A step with a pinned output is not run; the others take its output from here."),
        "pins.add": _("Pin the output of…"),
        "pins.all": _("Pin all {count} outputs of the job that is shown"),
        "pin.add": _("Pin this output"),
        "pin.remove": _("Unpin this output"),
        "pin.help": _("Tests then take it instead of running the step."),
        "pin.cut": _("This output is too large to be pinned."),
    }


def _results() -> dict[str, str]:
    return {
        "run.choose": _("Values of a job…"),
        "run.values_of": _("Values of:"),
        "run.title": _("Show states and values of"),
        "run.none": _("No job"),
        "run.test": _("test"),
        "run.empty": _("It has not run yet."),
        "run.failed": _("The jobs could not be asked for."),
        "result.none": _("Test the draft, or choose a past job above, to see what each step gave."),
        "result.job": _("Open the job"),
        "result.test_job": _("Open the test's job"),
        "result.not_ran": _("This step did not run."),
        "result.which": _("It ran {count} times:"),
        "result.item": _("Item, from 0"),
        "result.item_of": _("Item, from 0, of {count}"),
        "result.state": _("State"),
        "result.duration": _("Took"),
        "result.attempts": _("Tries"),
        "result.items": _("Items"),
        "result.error": _("Error"),
        "result.details": _("Details"),
        "result.output": _("Output"),
        "result.input": _("Input"),
        "result.inputs": _("Inputs"),
        "result.cut": _("Large values are cut here; the job's page has them whole."),
        "log.title": _("Log"),
        "log.none": _("Nothing was logged."),
        "log.none_yet": _("Nothing was logged yet."),
    }
