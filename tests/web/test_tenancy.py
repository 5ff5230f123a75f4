"""Organizations are kept apart by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError, ProgrammingError
from web_cast import Cast, execute

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.ids import uuid7
from tropeiro.web.accounts.invitations import invite
from tropeiro.web.api.once import start_once
from tropeiro.web.api.shapes import StartJob
from tropeiro.web.audit.actions import record
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.editing.testing import Wanted as Trial
from tropeiro.web.editing.testing import start_test
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.bulk import Act, begin
from tropeiro.web.limits.actions import set_limit
from tropeiro.web.limits.wanted import Wanted as WantedLimit
from tropeiro.web.member import Member
from tropeiro.web.operating.access import LOCAL_OPERATOR
from tropeiro.web.operating.suspending import suspend
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.projects.actions import create_project
from tropeiro.web.retention.actions import set_retention
from tropeiro.web.sharing.actions import make_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.tenancy import AnotherTenantError, tenant
from tropeiro.web.tokens.actions import create_token
from tropeiro.web.triggers.actions import create_trigger, run_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.drafts import begin_draft

pytestmark = pytest.mark.django_db

STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'

# How each table that carries an organization is filled by somebody of one. A table that is not here fails a test.
FILLED: dict[str, Callable[[Any], Any]] = {
    "tropeiro_member": lambda member: None,
    "tropeiro_invitation": lambda member: invite(member, Role.VIEWER),
    "tropeiro_project": lambda member: create_project(member, "p"),
    "tropeiro_service": lambda member: _service(member),
    "tropeiro_service_version": lambda member: _service(member),
    "tropeiro_workflow": lambda member: save_workflow(member, "w", STEPS),
    "tropeiro_workflow_version": lambda member: save_workflow(member, "w", STEPS),
    "tropeiro_workflow_draft": lambda member: begin_draft(member, "w", None, STEPS),
    "tropeiro_workflow_test": lambda member: start_test(
        member, begin_draft(member, "w", None, STEPS), Trial(text=STEPS)
    ),
    "tropeiro_credential": lambda member: set_credential(member, "c", "token", {"secret": "s"}),
    "tropeiro_audit": lambda member: _audit(member),
    "tropeiro_job": lambda member: start_job(member, STEPS),
    "tropeiro_route": lambda member: start_job(member, STEPS),
    "tropeiro_packet": lambda member: start_job(member, STEPS),
    "tropeiro_step": lambda member: _job_row(member, "step"),
    "tropeiro_log": lambda member: _job_row(member, "log"),
    "tropeiro_join": lambda member: _job_row(member, "join"),
    "tropeiro_arrival": lambda member: _job_row(member, "arrival"),
    "tropeiro_usage": lambda member: _job_row(member, "usage"),
    "tropeiro_rollup": lambda member: _job_row(member, "rollup"),
    "tropeiro_rollup_call": lambda member: _job_row(member, "rollup_call"),
    "tropeiro_rollup_newest": lambda member: _job_row(member, "rollup_newest"),
    "tropeiro_rollup_failure": lambda member: _job_row(member, "rollup_failure"),
    "tropeiro_bulk": lambda member: _bulk(member),
    "tropeiro_bulk_item": lambda member: _bulk(member),
    "tropeiro_trigger": lambda member: _trigger(member),
    "tropeiro_limit": lambda member: set_limit(member, WantedLimit(kind=LimitKind.ORGANIZATION, concurrency=1)),
    "tropeiro_firing": lambda member: run_trigger(member, _trigger(member)),
    "tropeiro_workflow_link": lambda member: _link(member),
    "tropeiro_token": lambda member: create_token(member, "t", Role.VIEWER),
    "tropeiro_retention": lambda member: set_retention(member, job_days=30, log_days=None),
    "tropeiro_suspension": lambda member: suspend(LOCAL_OPERATOR, member.organization_slug, "Why"),
    "tropeiro_sample": lambda member: _job_row(member, "sample"),
    "tropeiro_idempotency_key": lambda member: start_once(member, StartJob(run="core/set"), "k"),
}

_JOB_ROWS = {
    "sample": "INSERT INTO tropeiro_sample (organization_id, seed, filled_at) VALUES (%(o)s, 1, now())",
    "rollup_newest": "INSERT INTO tropeiro_rollup_newest (organization_id, workflow_version_id, outcomes)"
    " VALUES (%(o)s, %(id)s, '{}')",
    "rollup": "INSERT INTO tropeiro_rollup (grain, at, organization_id, level, project_id)"
    " VALUES ('hour', now(), %(o)s, 'project', %(id)s)",
    "rollup_call": "INSERT INTO tropeiro_rollup_call (grain, at, organization_id, service, version, state)"
    " VALUES ('hour', now(), %(o)s, 'a/b/c', '1', 'succeeded')",
    "rollup_failure": "INSERT INTO tropeiro_rollup_failure (at, organization_id, name, trigger, code, fingerprint,"
    " message, failures, last_at, last_job_id) VALUES (now(), %(o)s, 'n', 'manual', 'c', 'f', 'm', 1, now(), %(id)s)",
    "usage": "INSERT INTO tropeiro_usage (job_id, path, round, attempt, organization_id, service_version_id, at)"
    " VALUES (%(id)s, 'a', 0, 1, %(o)s, %(id)s, now())",
    "step": "INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, started_at,"
    " finished_at) VALUES (%(id)s, %(o)s, 'a', 0, 1, 0, 'succeeded', now(), now())",
    "log": "INSERT INTO tropeiro_log (job_id, organization_id, at, level, message)"
    " VALUES (%(id)s, %(o)s, now(), 20, 'x')",
    "join": "INSERT INTO tropeiro_join (id, job_id, organization_id, mode, total, scope, foreach)"
    " VALUES (%(id)s, %(id)s, %(o)s, 'all', 1, '{}', true)",
    "arrival": "INSERT INTO tropeiro_arrival (join_id, branch, organization_id, failed, result)"
    " VALUES (%(id)s, 0, %(o)s, false, '{}')",
}


def _job_row(member: Any, kind: str) -> None:
    execute(_JOB_ROWS[kind], {"id": uuid7(), "o": member.organization})


def _trigger(member: Any) -> UUID:
    return create_trigger(member, Wanted(name="t", target="core/set", every_ms=60_000))


def _link(member: Any) -> None:
    make_link(member, save_workflow(member, "w", STEPS).workflow, Purpose.COPY)


def _bulk(member: Any) -> UUID:
    return begin(member, Act.CANCEL, [(start_job(member, STEPS), "draft")])


def _audit(member: Any) -> None:
    with tenant(member.organization):
        record(member, Verb.VIEW, "thing", "1")


def _service(member: Any) -> None:
    project = create_project(member, "private-parts")
    service = uuid7()
    execute(
        "INSERT INTO tropeiro_service (id, organization_id, project_id, name, kind, visibility, title, description,"
        " tags, created_at) VALUES (%s, %s, %s, 's', 'http', 'private', '', '', '[]', now())",
        [service, member.organization, project],
    )
    execute(
        "INSERT INTO tropeiro_service_version (id, organization_id, service_id, version, revision, implementation,"
        " timeout_ms, retry, idempotent, pure, credential_kind, contract_digest, digest, created_at)"
        " VALUES (%s, %s, %s, 1, 1, '{}', 1, '{}', true, false, '', '', '', now())",
        [uuid7(), member.organization, service],
    )


def _tables_with_organization() -> set[str]:
    rows = execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE a.attname = 'organization_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in rows}


def test_every_table_with_an_organization_is_known_to_these_tests() -> None:
    assert _tables_with_organization() == set(FILLED)


def test_every_table_with_an_organization_has_row_level_security_and_a_policy_of_its_tenant() -> None:
    rows = execute(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'"
        " WHERE c.relrowsecurity AND c.relname = ANY (%s)",
        [sorted(FILLED)],
    )
    assert {name for (name,) in rows} == set(FILLED)


def test_a_tenant_can_read_no_table_without_row_level_security() -> None:
    rows = execute(
        "SELECT DISTINCT c.relname FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g"
        " WHERE g.grantee = 'tropeiro_tenant'::regrole AND NOT c.relrowsecurity AND c.relkind IN ('r', 'p')"
    )
    assert rows == []


@pytest.mark.parametrize("table", sorted(FILLED))
def test_rows_of_one_organization_are_invisible_to_another(cast: Cast, table: str) -> None:
    FILLED[table](cast.alice)
    count = f"SELECT count(*) FROM {table} WHERE organization_id = %s"
    with tenant(cast.alice.organization):
        own = execute(count, [cast.alice.organization])
    with tenant(cast.charlie.organization):
        seen = execute(count, [cast.alice.organization])
    assert own[0][0] > 0
    assert seen[0][0] == 0


@pytest.mark.parametrize("table", sorted(FILLED))
def test_nobody_changes_rows_of_another_organization(cast: Cast, table: str) -> None:
    FILLED[table](cast.alice)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET organization_id = organization_id"):
        assert _changed(cast.charlie, f"{statement} WHERE organization_id = %s", cast.alice.organization) == 0
    assert execute(f"SELECT count(*) FROM {table} WHERE organization_id = %s", [cast.alice.organization])[0][0] > 0


def _changed(member: Member, statement: str, organization: UUID) -> int:
    """How many rows ``member`` changed; none when the database does not even let them try."""
    try:
        with tenant(member.organization), connection.cursor() as cursor:
            cursor.execute(statement, [organization])
            return int(cursor.rowcount)
    except ProgrammingError as refused:
        if "permission denied" not in str(refused):
            raise
        return 0


def test_a_row_cannot_be_written_into_another_organization(cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), tenant(cast.charlie.organization):
        execute(
            "INSERT INTO tropeiro_project (id, organization_id, slug, name, description, created_at)"
            " VALUES (%s, %s, 'x', 'x', '', now())",
            [uuid7(), cast.alice.organization],
        )


def test_a_row_cannot_point_into_another_organizations_project(cast: Cast) -> None:
    project = create_project(cast.alice, "p")
    statement = (
        "INSERT INTO tropeiro_workflow (id, organization_id, project_id, name, description, automation, created_at)"
        " VALUES (%s, %s, %s, 'w', '', false, now()); SET CONSTRAINTS ALL IMMEDIATE"
    )
    with pytest.raises(IntegrityError), tenant(cast.charlie.organization):
        execute(statement, [uuid7(), cast.charlie.organization, project])


def test_public_services_of_the_house_are_seen_by_all_and_changed_by_none(cast: Cast) -> None:
    with tenant(cast.charlie.organization):
        assert execute("SELECT count(*) FROM tropeiro_service WHERE name = 'http'")[0][0] == 1
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tropeiro_service SET title = 'mine' WHERE name = 'http'")
            assert cursor.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM tropeiro_user",
        "SELECT * FROM django_session",
        "SELECT data_key FROM tropeiro_organization",
        "SELECT * FROM tropeiro_login_failure",
    ],
)
def test_a_tenant_cannot_read_what_is_nobodys_business(cast: Cast, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), tenant(cast.alice.organization):
        execute(statement)


def test_a_tenant_sees_the_addresses_of_its_own_members_alone(cast: Cast) -> None:
    with tenant(cast.alice.organization):
        seen = {email for (email,) in execute("SELECT email FROM tropeiro_user")}
    assert seen == {"alice@example.org", "bob@example.org"}


@pytest.mark.parametrize("table", ["tropeiro_service_version", "tropeiro_workflow_version", "tropeiro_audit"])
def test_versions_and_audit_cannot_be_changed_even_by_the_owner_of_the_tables(cast: Cast, table: str) -> None:
    FILLED[table](cast.alice)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        execute(f"UPDATE {table} SET organization_id = organization_id")


def test_the_role_and_the_organization_end_with_the_block(cast: Cast) -> None:
    state = "SELECT current_user, current_setting('tropeiro.organization', true)"
    before = execute(state)[0][0]
    with tenant(cast.alice.organization):
        assert execute(state) == [("tropeiro_tenant", str(cast.alice.organization))]
    assert execute(state) == [(before, "")]
    with pytest.raises(RuntimeError), tenant(cast.alice.organization):
        raise RuntimeError
    assert execute(state)[0][0] == before


def test_work_for_one_organization_inside_of_anothers_is_a_mistake_that_shows(cast: Cast) -> None:
    with (
        tenant(cast.alice.organization),
        pytest.raises(AnotherTenantError),
        tenant(cast.charlie.organization),
    ):
        pass
