"""Who may do what."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from web_cast import Cast, execute

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import Forbidden, TropeiroError
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.accounts.invitations import invite, revoke_invitation
from tropeiro.web.accounts.membership import change_role, remove_member
from tropeiro.web.accounts.organizations import rename_organization
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import delete_credential, set_credential
from tropeiro.web.jobs import actions
from tropeiro.web.jobs.queries import list_jobs
from tropeiro.web.limits import actions as limits
from tropeiro.web.limits.wanted import Wanted as WantedLimit
from tropeiro.web.permissions import LEAST_ROLE, Role, Verb, allows
from tropeiro.web.projects import actions as projects
from tropeiro.web.projects.actions import create_project, plan
from tropeiro.web.retention.actions import set_retention
from tropeiro.web.services import actions as services
from tropeiro.web.sharing.actions import make_link, revoke_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.tokens.actions import create_token, revoke_token
from tropeiro.web.triggers import actions as triggers
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows import actions as workflows
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.copying import copied_text
from tropeiro.web.workflows.drafts import discard_draft

STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'
LIMIT = WantedLimit(kind=LimitKind.ORGANIZATION, concurrency=1)
TRIGGER = Wanted(name="t", target="core/set", every_ms=60_000)

# What each verb is in code, given a member and a job.
ACTS: dict[Verb, Callable[[Any, Any], Any]] = {
    Verb.VIEW: lambda member, job: list_jobs(member),
    Verb.CANCEL_JOB: actions.cancel,
    Verb.PAUSE_JOB: actions.pause,
    Verb.RESUME_JOB: actions.resume,
    Verb.APPROVE_STEP: lambda member, job: actions.approve(member, job, "a", None),
    Verb.REJECT_STEP: lambda member, job: actions.reject(member, job, "a"),
    Verb.RETRY_JOB: actions.retry,
    Verb.RERUN_JOB: actions.rerun,
    Verb.START_JOB: lambda member, job: actions.start_job(member, STEPS),
    Verb.CALL_SERVICE: lambda member, job: actions.call_service(member, "core/set", {"x": 1}),
    Verb.SAVE_WORKFLOW: lambda member, job: save_workflow(member, "w", STEPS),
    Verb.DISCARD_DRAFT: discard_draft,
    Verb.CREATE_PROJECT: lambda member, job: create_project(member, "p"),
    Verb.CHANGE_PROJECT: lambda member, job: projects.change_project(member, "p", slug="p", name="P", description=""),
    Verb.ARCHIVE_PROJECT: lambda member, job: projects.archive_project(member, "p"),
    Verb.RESTORE_PROJECT: lambda member, job: projects.restore_project(member, "p"),
    Verb.DELETE_PROJECT: lambda member, job: projects.delete_project(member, "p", "p"),
    Verb.CHANGE_SERVICE: lambda member, job: services.tag_service(member, job, ["a"]),
    Verb.REMOVE_SERVICE: services.remove_service,
    Verb.RESTORE_SERVICE: services.restore_service,
    Verb.CHANGE_WORKFLOW: lambda member, job: workflows.rename_workflow(member, job, "v", None),
    Verb.COPY_WORKFLOW: lambda member, job: copied_text(member, job, member, None),
    Verb.SHARE_WORKFLOW: lambda member, job: make_link(member, job, Purpose.COPY),
    Verb.EMBED_WORKFLOW: lambda member, job: make_link(member, job, Purpose.EMBED),
    Verb.REVOKE_LINK: lambda member, job: revoke_link(member, job, job),
    Verb.REMOVE_WORKFLOW: workflows.remove_workflow,
    Verb.RESTORE_WORKFLOW: workflows.restore_workflow,
    Verb.SET_RETENTION: lambda member, job: set_retention(member, job_days=30, log_days=None),
    Verb.CREATE_TOKEN: lambda member, job: create_token(member, "t", Role.VIEWER),
    Verb.REVOKE_TOKEN: revoke_token,
    Verb.APPLY_PROJECT: lambda member, job: plan(member, None),  # type: ignore[arg-type]
    Verb.SET_CREDENTIAL: lambda member, job: set_credential(member, "c", "token", {"secret": "s"}),
    Verb.DELETE_CREDENTIAL: lambda member, job: delete_credential(member, "c"),
    Verb.ADD_MEMBER: lambda member, job: add_member(member, "charlie@example.org", Role.VIEWER),
    Verb.CHANGE_MEMBER: lambda member, job: change_role(member, job, Role.VIEWER),
    Verb.REMOVE_MEMBER: remove_member,
    Verb.INVITE: lambda member, job: invite(member, Role.VIEWER),
    Verb.REVOKE_INVITATION: revoke_invitation,
    Verb.CHANGE_ORGANIZATION: lambda member, job: rename_organization(member, "Another name"),
    Verb.READ_AUDIT: lambda member, job: recent_acts(member),
    Verb.CREATE_TRIGGER: lambda member, job: triggers.create_trigger(member, TRIGGER),
    Verb.CHANGE_TRIGGER: lambda member, job: triggers.change_trigger(member, job, TRIGGER),
    Verb.DELETE_TRIGGER: triggers.delete_trigger,
    Verb.ENABLE_TRIGGER: triggers.enable_trigger,
    Verb.DISABLE_TRIGGER: triggers.disable_trigger,
    Verb.RUN_TRIGGER: triggers.run_trigger,
    Verb.SET_LIMIT: lambda member, job: limits.set_limit(member, LIMIT),
    Verb.REMOVE_LIMIT: limits.remove_limit,
}

_COUNTS = (
    "SELECT (SELECT count(*) FROM tropeiro_job), (SELECT count(*) FROM tropeiro_workflow_version),"
    " (SELECT count(*) FROM tropeiro_project), (SELECT count(*) FROM tropeiro_credential),"
    " (SELECT count(*) FROM tropeiro_trigger), (SELECT count(*) FROM tropeiro_limit),"
    " (SELECT count(*) FROM tropeiro_member), (SELECT count(*) FROM tropeiro_invitation),"
    " (SELECT string_agg(name, ',' ORDER BY id) FROM tropeiro_organization),"
    " (SELECT count(*) FROM tropeiro_audit),"
    " (SELECT string_agg(state, ',') FROM tropeiro_job)"
)


def _is_forbidden(act: Callable[[], Any]) -> bool:
    try:
        act()
    except Forbidden:
        return True
    return False


def test_every_verb_has_a_least_role_and_an_act_in_these_tests() -> None:
    assert set(LEAST_ROLE) == set(Verb) == set(ACTS)


def test_each_role_includes_the_ones_below_it() -> None:
    ladder = [Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMIN, Role.OWNER]
    for place, role in enumerate(ladder):
        assert [other for other in Role if role.includes(other)] == [one for one in Role if one in ladder[: place + 1]]


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_is_not_enough_is_refused_and_nothing_changes(cast: Cast, role: Role) -> None:
    job = actions.start_job(cast.alice, STEPS)
    member = replace(cast.bob, role=role)
    before = execute(_COUNTS)
    for verb, act in ACTS.items():
        undo = transaction.savepoint()
        if allows(role, verb):
            # Whatever else may be wrong with the request, it is not the role.
            with suppress(TropeiroError, AttributeError):
                assert not _is_forbidden(lambda act=act: act(member, job)), verb
        else:
            with pytest.raises(Forbidden, match="role"):
                act(member, job)
            assert execute(_COUNTS) == before, verb
        transaction.savepoint_rollback(undo)


@pytest.mark.django_db
def test_nobody_gives_a_role_above_their_own_or_removes_the_only_owner(cast: Cast) -> None:
    admin = replace(cast.bob, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        add_member(admin, "charlie@example.org", Role.OWNER)
    with pytest.raises(Forbidden):
        add_member(admin, "alice@example.org", Role.VIEWER)
    with pytest.raises(Exception, match="only owner"):
        add_member(cast.alice, "alice@example.org", Role.VIEWER)
