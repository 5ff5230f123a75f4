"""Words for what the audit log tells, and where its objects are."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from tropeiro.web.audit.queries import AuditEntry
from tropeiro.web.permissions import OperatorVerb, Verb

VERBS: dict[Verb | OperatorVerb, Any] = {
    Verb.CANCEL_JOB: _("cancelled a job"),
    Verb.PAUSE_JOB: _("paused a job"),
    Verb.RESUME_JOB: _("let a job go on"),
    Verb.APPROVE_STEP: _("answered a question"),
    Verb.REJECT_STEP: _("rejected a question"),
    Verb.RETRY_JOB: _("retried a job"),
    Verb.RERUN_JOB: _("ran a job again"),
    Verb.START_JOB: _("started a job"),
    Verb.CALL_SERVICE: _("called a service"),
    Verb.CHANGE_SERVICE: _("changed a service"),
    Verb.REMOVE_SERVICE: _("removed a service"),
    Verb.RESTORE_SERVICE: _("brought a service back"),
    Verb.SAVE_WORKFLOW: _("saved a workflow"),
    Verb.DISCARD_DRAFT: _("gave up the draft of a workflow"),
    Verb.CHANGE_WORKFLOW: _("changed a workflow"),
    Verb.COPY_WORKFLOW: _("copied a workflow"),
    Verb.SHARE_WORKFLOW: _("made a link for copying a workflow"),
    Verb.EMBED_WORKFLOW: _("made a link to a workflow's diagram"),
    Verb.REVOKE_LINK: _("revoked a link to a workflow"),
    Verb.REMOVE_WORKFLOW: _("removed a workflow"),
    Verb.RESTORE_WORKFLOW: _("brought a workflow back"),
    Verb.CREATE_PROJECT: _("made a project"),
    Verb.APPLY_PROJECT: _("applied a project"),
    Verb.CHANGE_PROJECT: _("changed a project"),
    Verb.ARCHIVE_PROJECT: _("archived a project"),
    Verb.RESTORE_PROJECT: _("brought a project back"),
    Verb.DELETE_PROJECT: _("deleted a project"),
    Verb.SET_CREDENTIAL: _("set a credential"),
    Verb.DELETE_CREDENTIAL: _("deleted a credential"),
    Verb.ADD_MEMBER: _("added a member"),
    Verb.CHANGE_MEMBER: _("changed a member's role"),
    Verb.REMOVE_MEMBER: _("removed a member"),
    Verb.INVITE: _("invited somebody"),
    Verb.REVOKE_INVITATION: _("revoked an invitation"),
    Verb.CHANGE_ORGANIZATION: _("changed the organization"),
    Verb.CREATE_TOKEN: _("made an API token"),
    Verb.REVOKE_TOKEN: _("revoked an API token"),
    Verb.SET_RETENTION: _("set how long history is kept"),
    Verb.CREATE_TRIGGER: _("made a trigger"),
    Verb.CHANGE_TRIGGER: _("changed a trigger"),
    Verb.DELETE_TRIGGER: _("deleted a trigger"),
    Verb.ENABLE_TRIGGER: _("turned a trigger on"),
    Verb.DISABLE_TRIGGER: _("turned a trigger off"),
    Verb.RUN_TRIGGER: _("ran a trigger"),
    Verb.SET_LIMIT: _("set a limit"),
    Verb.REMOVE_LIMIT: _("removed a limit"),
    OperatorVerb.GIVE_PASSWORD: _("gave a person a new password"),
    OperatorVerb.RESET_SECOND_STEP: _("reset a person's second step"),
    OperatorVerb.DEACTIVATE: _("switched a person's account off"),
    OperatorVerb.ACTIVATE: _("switched a person's account on"),
    OperatorVerb.SUSPEND: _("suspended the organization"),
    OperatorVerb.RESUME: _("let the organization go on"),
}
"""What somebody did, to stand after their name."""
_BY_NAME = {str(verb): words for verb, words in VERBS.items()}

KINDS = {
    "job": _("Jobs"),
    "workflow": _("Workflows"),
    "service": _("Services"),
    "project": _("Projects"),
    "trigger": _("Triggers"),
    "credential": _("Credentials"),
    "user": _("Members"),
    "invitation": _("Invitations"),
    "token": _("API tokens"),
    "limit": _("Limits"),
    "organization": _("Organization"),
}

_PAGES = {
    "job": ("job", "job", "object_id"),
    "trigger": ("trigger", "trigger", "object_id"),
    "workflow": ("workflow", "workflow", "object_id"),
    "service": ("service", "service", "object_id"),
    "project": ("project", "project", "object_name"),
    "limit": ("limit-edit", "limit", "object_id"),
}
"""By kind of object: the name of its page's address, what that calls the object, and where an act has it."""
_LISTS = {"token": "tokens", "user": "members", "invitation": "members", "organization": "organization-settings"}


def verb_words(verb: str) -> str:
    """The words for a verb; the verb itself when it is of a version that is no more."""
    return str(_BY_NAME.get(verb, verb))


def address_of(entry: AuditEntry) -> str:
    """Where the object of an act can be looked at; empty when it has no page."""
    try:
        if entry.object_type in _LISTS:
            return reverse(_LISTS[entry.object_type])
        if entry.object_type not in _PAGES:
            return ""
        name, key, field = _PAGES[entry.object_type]
        return reverse(name, kwargs={key: getattr(entry, field)})
    except NoReverseMatch:
        return ""
