"""The texts of the editor's panel and of the service picker."""

from __future__ import annotations

from django.utils.translation import gettext as _


def panel_texts() -> dict[str, str]:
    """As `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {**_frame(), **_kinds(), **_steps(), **_parts(), **_document(), **_picker()}


def _frame() -> dict[str, str]:
    return {
        "again": _("Try again"),
        "yes": _("Yes"),
        "no": _("No"),
        "unreachable": _("The server cannot be reached at the moment."),
        "panel.parts": _("Parts of the panel"),
        "panel.settings": _("Settings"),
        "panel.result": _("Result"),
        "panel.unparsed": _(
            "The text does not parse. What is shown here is from before; nothing can be changed until the "
            "text is whole."
        ),
        "panel.unparsed_look": _("Show the text"),
        "row.up": _("Move {what} up"),
        "row.down": _("Move {what} down"),
        "row.remove": _("Remove {what}"),
    }


def _kinds() -> dict[str, str]:
    return {
        "kind.call_help": _("Calls a service or an automation."),
        "kind.group_help": _("Steps that run as one: skipped, tried again and timed together."),
        "kind.foreach_help": _("Runs its steps once for each item of a list, several at the same time."),
        "kind.parallel_help": _("Branches that all start at once."),
        "kind.choice_help": _("The steps of the first case whose condition is true."),
        "kind.wait_help": _("Waits for a time, or until a moment."),
        "kind.approval_help": _("Asks a person, and goes on with the answer."),
        "kind.unknown_help": _("Choose what the step does."),
    }


def _steps() -> dict[str, str]:
    return {
        "step.kind": _("Kind"),
        "step.name": _("Name"),
        "step.id": _("Id"),
        "step.id_help": _("Expressions name it steps.{id}, and follow when it changes."),
        "step.id_wrong": _("An id begins with a small letter; small letters, digits and _ may follow, 64 at most."),
        "step.id_taken": _("Another step is called {id} already."),
        "step.uses": _("Service"),
        "step.uses_choose": _("Choose a service…"),
        "step.version": _("Version"),
        "step.version_newest": _("the newest when saved"),
        "step.newer": _("Version {version} is newer."),
        "step.newer_take": _("Use version {version}"),
        "step.with": _("Inputs"),
        "step.with_nothing": _("This service takes no inputs."),
        "step.credential": _("Credential"),
        "step.credential_help": _("A credential of the kind {kind}. Only its name stands in the workflow."),
        "step.credential_none": _("None"),
        "step.credential_gone": _("{name}, which does not exist here"),
        "step.credential_make": _("Make a credential"),
        "step.credential_unused": _("This service asks for no credential."),
        "step.steps": _("Steps inside"),
        "step.steps_help": _("The output is that of the last one."),
        "step.if": _("Only when"),
        "step.if_help": _("When this is not true the step is skipped and its output is null."),
        "step.foreach": _("For each item of"),
        "step.foreach_help": _("A list. Inside, item is the present element and index its number, from 0."),
        "step.concurrency": _("At the same time"),
        "step.concurrency_help": _("How many items run at once, 1 to 1,000."),
        "step.concurrency_all": _("all"),
        "step.timeout": _("Timeout of one try"),
        "step.timeout_help": _("How long one try may take; running out of it may be tried again."),
        "step.timeout_help_approval": _("How long to wait for the answer; then the step fails."),
        "step.on_error": _("When it has failed for good"),
        "step.output": _("Output"),
        "step.output_help": _("Turns the step's own result, steps.{id}.output, into its output."),
        "step.mock": _("Result in tests"),
        "step.mock_help": _("Given in a test run instead of calling the service."),
        "step.others": _("Keys that do not belong here"),
        "step.others_help": _("A step of this kind does not have them, so the workflow cannot be published with them."),
        "fold.if": _("Condition"),
        "fold.foreach": _("For each item"),
        "fold.failure": _("Failure and time"),
        "fold.output": _("Output"),
        "fold.mock": _("Result in tests"),
        "fold.labels": _("Labels"),
        "retry.attempts": _("Tries"),
        "retry.attempts_help": _("All tries, the first included, 1 to 100. Without it, what the service says."),
        "retry.delay": _("Before the second"),
        "retry.backoff": _("Times longer each"),
        "retry.max_delay": _("At most"),
        "retry.jitter": _("Random share"),
        "retry.help": _("Only errors that may pass by themselves are tried again."),
        "on_error.fail": _("Fail what it is in"),
        "on_error.fail_help": _("The group around it fails, or the job."),
        "on_error.continue": _("Go on"),
        "on_error.continue_help": _("Its output is null, its error stands at steps.<id>.error."),
        "on_error.steps": _("Do other steps instead"),
        "on_error.steps_help": _("They see the error; the last one's output becomes the step's."),
        "labels.help": _("Short texts to find the step by, 32 at most."),
        "labels.name": _("Name of the label"),
        "labels.add": _("Add a label"),
    }


def _parts() -> dict[str, str]:
    return {
        "inner.none": _("No steps yet."),
        "inner.add": _("Add a step"),
        "inner.unnamed": _("Unnamed step"),
        "parallel.title": _("Branches"),
        "parallel.help": _("All start at once; none sees what another one does."),
        "branch.name": _("Name of the branch"),
        "branch.add": _("Add a branch"),
        "branch.taken": _("Another branch is called {name} already."),
        "join.title": _("Done when"),
        "join.all": _("all branches are"),
        "join.all_help": _("The first branch that fails cancels the others."),
        "join.any": _("one branch has succeeded"),
        "join.any_help": _("The others are cancelled; it fails when all have failed."),
        "join.settled": _("all are, whatever came of them"),
        "join.settled_help": _("Gives output and error of each branch, and never fails."),
        "choice.title": _("Cases"),
        "choice.help": _("The first case whose condition is true runs, and no other."),
        "choice.case": _("Case {number}"),
        "choice.if": _("When"),
        "choice.add": _("Add a case"),
        "choice.else": _("Otherwise"),
        "choice.else_add": _("Add steps for when no case applies"),
        "wait.title": _("Waits"),
        "wait.for": _("for a time"),
        "wait.until": _("until a moment"),
        "wait.duration": _("How long"),
        "wait.duration_help": _("Waiting takes up no worker."),
        "wait.moment": _("Until"),
        "wait.moment_help": _("An ISO 8601 date and time, or an expression that gives one. UTC when it has no offset."),
        "approval.question": _("Go on?"),
        "approval.title": _("Question"),
        "approval.title_help": _("Expressions in braces may stand in it."),
        "approval.assignees": _("Who is asked"),
        "approval.assignees_help": _("E-mail addresses. Empty: whoever may approve in this project."),
        "approval.timeout": _("Time for the answer"),
        "approval.timeout_help": _("Then the step fails with the code timeout."),
        "approval.form": _("Form of the answer"),
        "approval.form_help": _("What is filled in becomes the step's output. Without a form only a yes is asked for."),
        "duration.example": _("e.g. 30s, 10m, 2h, 1d"),
        "duration.wrong": _("Write whole numbers with a unit, the largest first: 250ms, 30s, 10m, 2h, 1d, 1h30m."),
    }


def _document() -> dict[str, str]:
    return {
        "document.title": _("The workflow"),
        "document.help": _("Choose a step in the list or the diagram to change it."),
        "document.name": _("Name in the document"),
        "document.name_help": _("Goes with the document where it is copied."),
        "document.description": _("Description"),
        "document.inputs": _("Inputs"),
        "document.inputs_none": _("None are declared: a job may be started with any."),
        "document.inputs_edit": _("Change the inputs"),
        "document.output": _("Output"),
        "document.output_help": _("What a job gives. Without it, the output of the last step."),
        "document.vars": _("Constants"),
        "document.vars_help": _("Named vars.<name> in expressions. They are never evaluated themselves."),
        "document.timeout": _("Timeout of a job"),
        "document.timeout_help": _("How long a job may take as a whole, waits included."),
        "inputs.title": _("Inputs"),
        "inputs.help": _(
            "What a job is started with: its form is made from this, and every start is checked against it."
        ),
        "inputs.list": _("Inputs of the workflow"),
        "inputs.json": _("JSON Schema"),
        "inputs.json_help": _("The same as text. What the builder does not know stays as it is."),
        "schema.name": _("Name of the input"),
        "schema.add": _("Add an input"),
        "schema.add_inner": _("Add a field"),
        "schema.taken": _("{name} exists already."),
        "schema.kind": _("Type"),
        "schema.required": _("Required"),
        "schema.more": _("Title, description, default"),
        "schema.title": _("Title"),
        "schema.description": _("Description"),
        "schema.default": _("Default"),
        "schema.options": _("Choices"),
        "schema.options_help": _("One on each line."),
        "schema.items": _("Each entry"),
        "schema.as_json": _("JSON Schema"),
        "schema.as_json_help": _("The builder does not make schemas like this one; change it as text."),
        "schema.text": _("Text"),
        "schema.integer": _("Whole number"),
        "schema.number": _("Number"),
        "schema.boolean": _("Yes or no"),
        "schema.date": _("Date"),
        "schema.moment": _("Date and time"),
        "schema.email": _("E-mail address"),
        "schema.url": _("Web address"),
        "schema.choice": _("One of several"),
        "schema.list": _("List"),
        "schema.object": _("Group of fields"),
        "schema.any": _("Anything"),
    }


def _picker() -> dict[str, str]:
    return {
        "picker.title_service": _("Choose a service"),
        "picker.search": _("Search by name, tag or what it returns"),
        "picker.found": _("What there is"),
        "picker.automation": _("Automation"),
        "picker.by": _("by {who}"),
        "picker.returns": _("returns {what}"),
        "picker.none": _("Nothing is called “{wanted}”. Only what this workflow may call is offered."),
        "picker.failed": _("The services could not be asked for."),
        "picker.keys": _("↑ ↓ to move, Enter to choose, Esc to close."),
        "origin.kinds": _("Structure"),
        "origin.project": _("This project"),
        "origin.organization": _("This organization"),
        "origin.core": _("Built in"),
        "origin.subscribed": _("Subscribed"),
        "origin.public": _("Catalogue"),
    }
