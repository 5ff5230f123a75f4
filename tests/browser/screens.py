"""Every screen of the console by the name of its address, with an address to look at in the demonstration."""

from __future__ import annotations

from typing import Any

from installation import Installation

SCREENS = {
    "account": "/account",
    "account_change_password": "/account/password",
    "account_email": "/account/email",
    "audit": "/settings/audit",
    "automations": "/automations",
    "credential": "/credentials/{credential}",
    "credential-new": "/credentials/new?form=bearer",
    "credential-replace": "/credentials/{credential}/replace",
    "credentials": "/credentials",
    "dashboard": "/",
    "invitation-new": "/settings/members/invite",
    "job": "/jobs/{job}",
    "jobs": "/jobs",
    "jobs-bulk-new": "/jobs/bulk?act=rerun&job={job}",
    "limit-new": "/settings/limits/new",
    "limits": "/settings/limits",
    "logs": "/logs",
    "members": "/settings/members",
    "mfa_index": "/account/security",
    "organization-settings": "/settings/organization",
    "organizations": "/account/organizations",
    "project": "/projects/marketing",
    "project-automations": "/projects/marketing/automations",
    "project-credentials": "/projects/sales/credentials",
    "project-delete": "/projects/marketing/delete",
    "project-jobs": "/projects/marketing/jobs",
    "project-members": "/projects/marketing/members",
    "project-new": "/projects/-/new",
    "project-services": "/projects/marketing/services",
    "project-settings": "/projects/marketing/settings",
    "project-triggers": "/projects/marketing/triggers",
    "project-workflows": "/projects/marketing/workflows",
    "projects": "/projects",
    "realtime": "/realtime",
    "search": "/search?q=report",
    "service": "/services/{service}",
    "service-contract": "/services/{service}/contract",
    "service-test": "/services/{service}/test",
    "service-usage": "/services/{service}/usage?days=28",
    "service-use": "/services/{service}/use",
    "service-versions": "/services/{service}/versions",
    "services": "/services",
    "token-new": "/settings/tokens/new",
    "tokens": "/settings/tokens",
    "trigger": "/triggers/{trigger}",
    "trigger-edit": "/triggers/{trigger}/edit",
    "trigger-new": "/triggers/new",
    "triggers": "/triggers",
    "usersessions_list": "/account/sessions",
    "workflow": "/workflows/{workflow}",
    "workflow-copy": "/workflows/{workflow}/copy",
    "workflow-edit": "/workflows/{workflow}/edit",
    "workflow-flow": "/workflows/{workflow}/flow",
    "workflow-links": "/workflows/{workflow}/links",
    "workflow-metrics": "/workflows/{workflow}/metrics?days=28",
    "workflow-new": "/workflows/new",
    "workflow-text": "/workflows/{workflow}/text",
    "workflow-rename": "/workflows/{workflow}/rename",
    "workflow-run": "/workflows/{workflow}/run",
    "workflow-triggers": "/workflows/{workflow}/triggers",
    "workflow-versions": "/workflows/{workflow}/versions",
    "workflows": "/workflows",
}
FOR_OPERATORS = {
    "workers": "/operator/workers",
    "queues": "/operator/queues",
    "operator-organizations": "/operator/organizations",
    "operator-signup": "/operator/signup",
    "operator-users": "/operator/users",
}
"""Screens for those who run the installation."""
BEFORE_LOGIN = {
    "account_login": "/login",
    "account_reset_password": "/password",
    "account_reset_password_done": "/password/mail",
}
"""Screens for somebody who is not logged in."""
NO_SCREENS = {
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reauthenticate",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "api-openapi",
    "health-live",
    "health-ready",
    "job-events",
    "job-compare",
    "job-items",
    "job-log",
    "job-log-file",
    "job-output",
    "job-step",
    "job-step-log",
    "job-value",
    "jobs-bulk",
    "jobs-bulk-csv",
    "jobs-counts",
    "jobs-events",
    "jobs-histogram",
    "realtime-events",
    "limit-edit",
    "logs-events",
    "logs-export",
    "logs-histogram",
    "logs-line",
    "service-test-events",
    "workflow-draft",
    "workflow-draft-followed",
    "workflow-draft-run",
    "workflow-draft-runs",
    "workflow-draft-service",
    "workflow-draft-services",
    "workflow-file",
    "workflow-schema",
}
"""What answers GET and is not looked at: streams, files, parts of pages, answers to programs, and what only a link of a
mail or a step in between leads to."""

_THINGS = """
SELECT
    (SELECT j.id FROM tropeiro_job j WHERE j.organization_id = o.id AND j.state = 'succeeded'
     AND j.name LIKE 'marketing/%%' ORDER BY j.id DESC LIMIT 1) AS job,
    (SELECT c.id FROM tropeiro_credential c WHERE c.organization_id = o.id LIMIT 1) AS credential,
    (SELECT s.id FROM tropeiro_service s WHERE s.organization_id = o.id AND s.name = 'spend') AS service,
    (SELECT t.id FROM tropeiro_trigger t WHERE t.organization_id = o.id ORDER BY t.name LIMIT 1) AS trigger,
    (SELECT w.id FROM tropeiro_workflow w WHERE w.organization_id = o.id AND w.name = 'nightly-closing') AS workflow
FROM tropeiro_organization o WHERE o.slug = 'demo'
"""


def things(platform: Installation) -> dict[str, Any]:
    """Something of the demonstration for every name in an address."""
    return platform.query(_THINGS)[0]
