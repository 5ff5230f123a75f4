"""Every address of the web side, area by area."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from tropeiro.web.api import urls as api
from tropeiro.web.screens import health, preferences, problems
from tropeiro.web.screens.account import urls as account
from tropeiro.web.screens.analytics import urls as analytics
from tropeiro.web.screens.audit import urls as audit
from tropeiro.web.screens.credentials import urls as credentials
from tropeiro.web.screens.editor import urls as editor
from tropeiro.web.screens.gate import urls as gate
from tropeiro.web.screens.jobs import urls as jobs
from tropeiro.web.screens.limits import urls as limits
from tropeiro.web.screens.logs import urls as logs
from tropeiro.web.screens.members import urls as members
from tropeiro.web.screens.operator import urls as operator
from tropeiro.web.screens.organization import urls as organization
from tropeiro.web.screens.projects import urls as projects
from tropeiro.web.screens.search import urls as search
from tropeiro.web.screens.services import urls as services
from tropeiro.web.screens.sharing import urls as sharing
from tropeiro.web.screens.tokens import urls as tokens
from tropeiro.web.screens.triggers import urls as triggers
from tropeiro.web.screens.workflows import urls as workflows

urlpatterns = [
    path("language", preferences.choose_language, name="language"),
    path("theme", preferences.choose_theme, name="theme"),
    path("organization", preferences.choose_organization, name="organization"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    *analytics.urlpatterns,
    *gate.urlpatterns,
    *account.urlpatterns,
    *members.urlpatterns,
    *projects.urlpatterns,
    *credentials.urlpatterns,
    *jobs.urlpatterns,
    *logs.urlpatterns,
    *triggers.urlpatterns,
    path("settings", require_safe(RedirectView.as_view(pattern_name="members")), name="settings"),
    *tokens.urlpatterns,
    *audit.urlpatterns,
    *limits.urlpatterns,
    *organization.urlpatterns,
    *operator.urlpatterns,
    *search.urlpatterns,
    *api.urlpatterns,
    *services.urlpatterns,
    *workflows.urlpatterns,
    *editor.urlpatterns,
    *sharing.urlpatterns,
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler429 = problems.too_many_requests
handler500 = problems.server_error
