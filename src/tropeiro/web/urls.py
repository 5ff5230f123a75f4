"""Every address of the web side, area by area."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from tropeiro.web.api import urls as api
from tropeiro.web.screens import health, preferences, problems
from tropeiro.web.screens.account import urls as account
from tropeiro.web.screens.credentials import urls as credentials
from tropeiro.web.screens.gate import urls as gate
from tropeiro.web.screens.jobs import urls as jobs
from tropeiro.web.screens.limits import urls as limits
from tropeiro.web.screens.members import urls as members
from tropeiro.web.screens.projects import urls as projects
from tropeiro.web.screens.search import urls as search
from tropeiro.web.screens.services import urls as services
from tropeiro.web.screens.triggers import urls as triggers
from tropeiro.web.screens.workflows import urls as workflows

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="jobs"), name="start"),
    path("language", preferences.choose_language, name="language"),
    path("theme", preferences.choose_theme, name="theme"),
    path("organization", preferences.choose_organization, name="organization"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    *gate.urlpatterns,
    *account.urlpatterns,
    *members.urlpatterns,
    *projects.urlpatterns,
    *credentials.urlpatterns,
    *jobs.urlpatterns,
    *triggers.urlpatterns,
    *limits.urlpatterns,
    *search.urlpatterns,
    *api.urlpatterns,
    *services.urlpatterns,
    *workflows.urlpatterns,
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler429 = problems.too_many_requests
handler500 = problems.server_error
