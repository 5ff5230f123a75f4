"""Who may do what: the least role for every verb."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Forbidden


class Role(StrEnum):
    """A member's role in an organization, each including the ones below it."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    OPERATOR = "operator"
    VIEWER = "viewer"

    def includes(self, other: Role) -> bool:
        """Whether this role may do whatever ``other`` may."""
        return _RANK[self] >= _RANK[other]


def role_name(role: Role | str) -> str:
    """A role in the reader's language."""
    return {
        Role.OWNER: _("owner"),
        Role.ADMIN: _("admin"),
        Role.EDITOR: _("editor"),
        Role.OPERATOR: _("operator"),
        Role.VIEWER: _("viewer"),
    }[Role(role)]


_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.EDITOR: 2, Role.ADMIN: 3, Role.OWNER: 4}


class Verb(StrEnum):
    """Something that a member does. The value is what the audit log says."""

    VIEW = "view"
    CANCEL_JOB = "job.cancel"
    PAUSE_JOB = "job.pause"
    RESUME_JOB = "job.resume"
    APPROVE_STEP = "job.approve"
    REJECT_STEP = "job.reject"
    RETRY_JOB = "job.retry"
    RERUN_JOB = "job.rerun"
    START_JOB = "job.start"
    CALL_SERVICE = "service.call"
    CHANGE_SERVICE = "service.change"
    REMOVE_SERVICE = "service.remove"
    RESTORE_SERVICE = "service.restore"
    SAVE_WORKFLOW = "workflow.save"
    DISCARD_DRAFT = "workflow.discard"
    CHANGE_WORKFLOW = "workflow.change"
    COPY_WORKFLOW = "workflow.copy"
    SHARE_WORKFLOW = "workflow.share"
    EMBED_WORKFLOW = "workflow.embed"
    REVOKE_LINK = "workflow.revoke_link"
    REMOVE_WORKFLOW = "workflow.remove"
    RESTORE_WORKFLOW = "workflow.restore"
    CREATE_PROJECT = "project.create"
    APPLY_PROJECT = "project.apply"
    CHANGE_PROJECT = "project.change"
    ARCHIVE_PROJECT = "project.archive"
    RESTORE_PROJECT = "project.restore"
    DELETE_PROJECT = "project.delete"
    SET_CREDENTIAL = "credential.set"
    DELETE_CREDENTIAL = "credential.delete"
    ADD_MEMBER = "member.add"
    CHANGE_MEMBER = "member.change"
    REMOVE_MEMBER = "member.remove"
    INVITE = "invitation.create"
    REVOKE_INVITATION = "invitation.revoke"
    CHANGE_ORGANIZATION = "organization.change"
    CREATE_TOKEN = "token.create"  # noqa: S105 - a verb
    REVOKE_TOKEN = "token.revoke"  # noqa: S105 - a verb
    SET_RETENTION = "retention.set"
    READ_AUDIT = "audit.read"
    CREATE_TRIGGER = "trigger.create"
    CHANGE_TRIGGER = "trigger.change"
    DELETE_TRIGGER = "trigger.delete"
    ENABLE_TRIGGER = "trigger.enable"
    DISABLE_TRIGGER = "trigger.disable"
    RUN_TRIGGER = "trigger.run"
    SET_LIMIT = "limit.set"
    REMOVE_LIMIT = "limit.remove"


class OperatorVerb(StrEnum):
    """What an operator of the platform does to an organization or an account: no role in it allows it."""

    GIVE_PASSWORD = "user.password"  # noqa: S105 - a verb
    RESET_SECOND_STEP = "user.second_step"
    DEACTIVATE = "user.deactivate"
    ACTIVATE = "user.activate"
    SUSPEND = "organization.suspend"
    RESUME = "organization.resume"


LEAST_ROLE: dict[Verb, Role] = {
    Verb.VIEW: Role.VIEWER,
    Verb.CANCEL_JOB: Role.OPERATOR,
    Verb.PAUSE_JOB: Role.OPERATOR,
    Verb.RESUME_JOB: Role.OPERATOR,
    Verb.APPROVE_STEP: Role.OPERATOR,
    Verb.REJECT_STEP: Role.OPERATOR,
    Verb.RETRY_JOB: Role.OPERATOR,
    Verb.RERUN_JOB: Role.OPERATOR,
    Verb.START_JOB: Role.EDITOR,
    Verb.CALL_SERVICE: Role.EDITOR,
    Verb.CHANGE_SERVICE: Role.EDITOR,
    Verb.REMOVE_SERVICE: Role.EDITOR,
    Verb.RESTORE_SERVICE: Role.EDITOR,
    Verb.SAVE_WORKFLOW: Role.EDITOR,
    Verb.DISCARD_DRAFT: Role.EDITOR,
    Verb.CHANGE_WORKFLOW: Role.EDITOR,
    Verb.COPY_WORKFLOW: Role.EDITOR,
    Verb.SHARE_WORKFLOW: Role.EDITOR,
    Verb.EMBED_WORKFLOW: Role.ADMIN,
    Verb.REVOKE_LINK: Role.EDITOR,
    Verb.REMOVE_WORKFLOW: Role.EDITOR,
    Verb.RESTORE_WORKFLOW: Role.EDITOR,
    Verb.CREATE_PROJECT: Role.EDITOR,
    Verb.APPLY_PROJECT: Role.EDITOR,
    Verb.CHANGE_PROJECT: Role.EDITOR,
    Verb.ARCHIVE_PROJECT: Role.ADMIN,
    Verb.RESTORE_PROJECT: Role.ADMIN,
    Verb.DELETE_PROJECT: Role.ADMIN,
    Verb.SET_CREDENTIAL: Role.EDITOR,
    Verb.DELETE_CREDENTIAL: Role.ADMIN,
    Verb.ADD_MEMBER: Role.ADMIN,
    Verb.CHANGE_MEMBER: Role.ADMIN,
    Verb.REMOVE_MEMBER: Role.ADMIN,
    Verb.INVITE: Role.ADMIN,
    Verb.REVOKE_INVITATION: Role.ADMIN,
    Verb.CHANGE_ORGANIZATION: Role.OWNER,
    Verb.CREATE_TOKEN: Role.EDITOR,
    Verb.REVOKE_TOKEN: Role.EDITOR,
    Verb.SET_RETENTION: Role.ADMIN,
    Verb.READ_AUDIT: Role.ADMIN,
    Verb.CREATE_TRIGGER: Role.EDITOR,
    Verb.CHANGE_TRIGGER: Role.EDITOR,
    Verb.DELETE_TRIGGER: Role.EDITOR,
    Verb.ENABLE_TRIGGER: Role.OPERATOR,
    Verb.DISABLE_TRIGGER: Role.OPERATOR,
    Verb.RUN_TRIGGER: Role.OPERATOR,
    Verb.SET_LIMIT: Role.ADMIN,
    Verb.REMOVE_LIMIT: Role.ADMIN,
}


def allows(role: Role, verb: Verb) -> bool:
    """Whether a member with this role may do it."""
    return role.includes(LEAST_ROLE[verb])


def require(role: Role, verb: Verb) -> None:
    """Raise `Forbidden`, naming the role that would be enough, unless ``role`` may do ``verb``."""
    if not allows(role, verb):
        raise Forbidden(
            _("`%(verb)s` needs the role %(least)s or a higher one; yours is %(role)s.")
            % {"verb": verb, "least": role_name(LEAST_ROLE[verb]), "role": role_name(role)},
            hint=_("Ask an owner or an admin of the organization."),
            details={"verb": str(verb), "role": str(role), "least_role": str(LEAST_ROLE[verb])},
        )
