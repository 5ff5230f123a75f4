from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.workflows import acts, comparing, copying, editing, lists, running, views

urlpatterns = [
    path("workflows", lists.workflow_list, name="workflows"),
    path("automations", lists.automation_list, name="automations"),
    path("workflows/<uuid:workflow>", views.runs, name="workflow"),
    path("workflows/<uuid:workflow>/flow", views.flow, name="workflow-flow"),
    path("workflows/<uuid:workflow>/metrics", views.metrics, name="workflow-metrics"),
    path("workflows/<uuid:workflow>/triggers", views.triggers, name="workflow-triggers"),
    path("workflows/<uuid:workflow>/versions", views.versions, name="workflow-versions"),
    path("workflows/<uuid:workflow>/file", views.export, name="workflow-file"),
    path("workflows/<uuid:workflow>/text", editing.text_form, name="workflow-text"),
    path("workflows/<uuid:workflow>/draft/differences", comparing.draft_differences, name="workflow-draft-differences"),
    path("workflows/<uuid:workflow>/run", running.run, name="workflow-run"),
    path("workflows/<uuid:workflow>/copy", copying.copy, name="workflow-copy"),
    path("workflows/<uuid:workflow>/rename", acts.rename, name="workflow-rename"),
    path("workflows/<uuid:workflow>/switch", acts.switch, name="workflow-switch"),
    path(
        "workflows/<uuid:workflow>/versions/<int:version>/restore",
        acts.restore_version,
        name="workflow-version-restore",
    ),
    path("workflows/<uuid:workflow>/remove", acts.remove, name="workflow-remove"),
    path("workflows/<uuid:workflow>/restore", acts.restore, name="workflow-restore"),
]
