from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.editor import beginning, draft_desk, offers, page, runs, tests

urlpatterns = [
    path("workflows/new", beginning.begin, name="workflow-new"),
    path("workflows/document.schema.json", page.schema, name="workflow-schema"),
    path("workflows/<uuid:workflow>/edit", page.edit, name="workflow-edit"),
    path("workflows/<uuid:workflow>/discard", beginning.discard, name="workflow-discard"),
    path("workflows/<uuid:workflow>/draft", draft_desk.draft, name="workflow-draft"),
    path("workflows/<uuid:workflow>/draft/check", draft_desk.check, name="workflow-draft-check"),
    path("workflows/<uuid:workflow>/draft/publish", draft_desk.publish, name="workflow-draft-publish"),
    path("workflows/<uuid:workflow>/draft/rename", draft_desk.rename, name="workflow-draft-rename"),
    path("workflows/<uuid:workflow>/draft/services", offers.services, name="workflow-draft-services"),
    path("workflows/<uuid:workflow>/draft/service", offers.service, name="workflow-draft-service"),
    path("workflows/<uuid:workflow>/draft/shape", offers.shape, name="workflow-draft-shape"),
    path("workflows/<uuid:workflow>/draft/runs", runs.runs, name="workflow-draft-runs"),
    path("workflows/<uuid:workflow>/draft/runs/<uuid:job>", runs.run, name="workflow-draft-run"),
    path("workflows/<uuid:workflow>/draft/preview", runs.preview, name="workflow-draft-preview"),
    path("workflows/<uuid:workflow>/draft/test", tests.test, name="workflow-draft-test"),
    path("workflows/<uuid:workflow>/draft/tests/<uuid:job>", tests.followed, name="workflow-draft-followed"),
]
