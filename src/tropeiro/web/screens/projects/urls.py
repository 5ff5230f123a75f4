from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.projects import acts, lists, tabs

# A short name begins with a letter, so no project can be called "-".
urlpatterns = [
    path("projects", lists.project_list, name="projects"),
    path("projects/-/new", acts.create, name="project-new"),
    path("projects/<slug:project>", tabs.overview, name="project"),
    path("projects/<slug:project>/automations", tabs.automations, name="project-automations"),
    path("projects/<slug:project>/services", tabs.services, name="project-services"),
    path("projects/<slug:project>/workflows", tabs.workflows, name="project-workflows"),
    path("projects/<slug:project>/jobs", tabs.jobs, name="project-jobs"),
    path("projects/<slug:project>/members", tabs.members, name="project-members"),
    path("projects/<slug:project>/credentials", tabs.credentials, name="project-credentials"),
    path("projects/<slug:project>/triggers", tabs.triggers, name="project-triggers"),
    path("projects/<slug:project>/settings", acts.settings, name="project-settings"),
    path("projects/<slug:project>/archive", acts.archive, name="project-archive"),
    path("projects/<slug:project>/restore", acts.restore, name="project-restore"),
    path("projects/<slug:project>/delete", acts.delete, name="project-delete"),
]
