"""The texts around the editor's panel: its head, the list of steps, the diagram, and what is said aloud."""

from __future__ import annotations

from django.utils.translation import gettext as _


def frame_texts() -> dict[str, str]:
    """As `t("key")` finds them; ``{name}`` in a text is filled in by the script."""
    return {**_head(), **_draft(), **_publishing(), **_list(), **_diagram(), **_keys(), **_said()}


def _head() -> dict[str, str]:
    return {
        "close": _("Close"),
        "cancel": _("Cancel"),
        "loading": _("Loading…"),
        "more": _("More"),
        "optional": _("optional"),
        "undo": _("Undo"),
        "undo.key": _("Undo (Ctrl+Z)"),
        "redo": _("Redo"),
        "redo.key": _("Redo (Ctrl+Shift+Z)"),
        "tabs": _("What is shown"),
        "tab.steps": _("Steps"),
        "tab.json": _("JSON"),
        "tab.inputs": _("Inputs"),
        "test": _("Test"),
        "publish": _("Publish"),
        "workflows": _("Workflows"),
        "to_workflow": _("Open the workflow's page"),
        "to_versions": _("Versions"),
        "views": _("Parts of the editor"),
        "view.list": _("Steps"),
        "view.diagram": _("Diagram"),
        "view.panel": _("Step"),
        "panel.title": _("What the step says"),
        "split.list": _("Width of the list"),
        "split.panel": _("Width of the panel"),
        "problems.none": _("No problems"),
        "problems.one": _("1 problem"),
        "problems.many": _("{count} problems"),
        "problems.line": _("line {line}"),
        "problems.workflow": _("The workflow"),
        "picker.title": _("Add a step"),
        "test.title": _("Test the draft"),
        "new.question": _("Shall it go on?"),
    }


def _draft() -> dict[str, str]:
    return {
        "draft.new": _("Draft, never published"),
        "draft.same": _("Version {version}, nothing changed"),
        "draft.of": _("Draft after version {version}"),
        "draft.behind": _("Draft after version {base}; the newest is {version}"),
        "saving.saved": _("All saved"),
        "saving.waiting": _("Not saved yet"),
        "saving.saving": _("Saving…"),
        "saving.offline": _("Not saved: no connection"),
        "saving.conflict": _("Not saved: somebody else changed it"),
        "saving.refused": _("Not saved"),
        "no_json": _("Not readable as JSON"),
        "offline": _(
            "The server cannot be reached. What you change stays here and is saved as soon as it answers again."
        ),
        "offline.now": _("Try now"),
        "refused": _("It could not be saved: {why}"),
        "behind": _("This draft began from version {base}. Meanwhile version {version} was published."),
        "behind.see": _("What changed meanwhile"),
        "conflict.title": _("{who} changed this draft meanwhile"),
        "conflict.somebody": _("Somebody else"),
        "conflict.text": _(
            "Nothing of yours is lost. Choose which of the two goes on; undo brings the other one back."
        ),
        "conflict.show": _("Show what they have"),
        "conflict.theirs": _("Take theirs"),
        "conflict.mine": _("Keep mine"),
        "conflict.taken": _("You have theirs now"),
        "discard": _("Discard the draft"),
        "discard.title": _("Discard this draft?"),
        "discard.title.new": _("Delete this draft?"),
        "discard.text": _("What is not published is given up, and the editor shows version {version} again."),
        "discard.text.new": _("This workflow was never published. Its draft is deleted for good."),
        "discard.do": _("Discard it"),
        "discard.done": _("The draft is discarded"),
        "leave_it": _("Leave it"),
    }


def _publishing() -> dict[str, str]:
    return {
        "publish.first": _("Publish the first version"),
        "publish.title": _("Publish version {version}"),
        "publish.message": _("What you changed"),
        "publish.differences": _("Different from the newest version"),
        "publish.comparing": _("Comparing…"),
        "publish.busy": _("Publishing…"),
        "publish.key": _("Publish (Ctrl+Enter)"),
        "publish.anyway": _("Publish all the same"),
        "publish.over": _("If you publish all the same, yours is the newest. Version {version} is not lost."),
        "publish.done": _("Version {version} is published"),
        "publish.unchanged": _("Version {version} says that already"),
        "publish.name": _("Another name"),
    }


def _list() -> dict[str, str]:
    return {
        "list.title": _("Steps"),
        "list.workflow": _("The workflow itself"),
        "list.tools": _("Change the steps"),
        "list.add": _("Add"),
        "list.add_last": _("Add a step at the end"),
        "list.more": _("More for this step"),
        "list.first": _("Add the first step"),
        "list.empty": _("Add a step here"),
        "row.inside": _("problems inside: {count}"),
        "arm.case": _("if {condition}"),
        "arm.case.blank": _("if …"),
        "arm.else": _("otherwise"),
        "arm.handler": _("on error"),
        "act.up": _("Move up"),
        "act.up.key": _("Move up (Alt+↑)"),
        "act.down": _("Move down"),
        "act.down.key": _("Move down (Alt+↓)"),
        "act.in": _("Move into the step beside it"),
        "act.out": _("Move out"),
        "act.duplicate": _("Duplicate"),
        "act.duplicate.key": _("Duplicate (Ctrl+D)"),
        "act.remove": _("Remove"),
        "act.remove.key": _("Remove (Delete)"),
        "act.unwrap": _("Put its steps in its place"),
        "act.wrap": _("Put it into a new …"),
        "kind.call": _("Service"),
        "kind.group": _("Group"),
        "kind.foreach": _("For each"),
        "kind.parallel": _("At the same time"),
        "kind.choice": _("Choice"),
        "kind.wait": _("Wait"),
        "kind.approval": _("Approval"),
        "kind.unknown": _("Unfinished step"),
    }


def _diagram() -> dict[str, str]:
    return {
        "diagram.title": _("Diagram of the workflow"),
        "diagram.drawing": _("Drawing…"),
        "diagram.failed": _("The diagram could not be drawn. The list of steps says the same."),
        "diagram.old": _("The text cannot be read as JSON. This is the diagram from before."),
        "diagram.insert": _("Insert a step between {from} and {to}"),
        "diagram.insert_way": _("Insert a step on the way “{way}” of {from}"),
        "diagram.insert_inside": _("Insert a step in {name}"),
        "diagram.start": _("the start"),
        "diagram.end": _("the end"),
        "diagram.close": _("Close groups"),
        "diagram.open": _("Open groups"),
        "diagram.turn": _("Turn the diagram"),
        "diagram.out": _("Smaller"),
        "diagram.in": _("Larger"),
        "diagram.fit": _("Whole width"),
        "diagram.save": _("Save the diagram"),
        "diagram.svg": _("As SVG"),
        "diagram.png": _("As PNG"),
        "diagram.mmd": _("As mermaid text"),
        "diagram.copy": _("Copy the mermaid text"),
        "diagram.copied": _("The mermaid text is copied."),
        "diagram.unsaved": _("The browser could not make the file."),
        "flow.yes": _("yes"),
        "flow.no": _("no"),
        "flow.otherwise": _("otherwise"),
        "flow.onError": _("on error"),
        "flow.steps": _("{count} steps"),
        "flow.title": _("Workflow"),
    }


def _keys() -> dict[str, str]:
    return {
        "keys.title": _("Keys"),
        "keys.save": _("Save now"),
        "keys.walk": _("From step to step"),
        "keys.fold": _("Open, close"),
        "keys.ends": _("First, last step"),
        "keys.letters": _("To the step that begins so"),
        "keys.open": _("Go into the panel"),
        "keys.add": _("Add a step behind"),
        "keys.clipboard": _("Copy, cut, paste steps, also into another workflow"),
        "keys.move": _("Move up, down"),
        "keys.levels": _("Move in, out"),
        "keys.zoom": _("In the diagram: larger, smaller, whole width"),
        "keys.columns": _("To the next column"),
    }


def _said() -> dict[str, str]:
    return {
        "said.added": _("The step is added"),
        "said.removed": _("{name} is removed"),
        "said.unwrapped": _("The steps of {name} stand in its place"),
        "said.duplicated": _("{name} is duplicated"),
        "said.pasted": _("{name} is pasted"),
        "said.nothing_to_paste": _("There are no steps on the clipboard"),
        "said.cannot": _("That is not possible here"),
        "said.place": _("step {place} of {count}"),
        "said.place_in": _("step {place} of {count}, in {name}"),
    }
