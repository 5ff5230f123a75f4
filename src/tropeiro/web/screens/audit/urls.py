from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.audit import views

urlpatterns = [path("settings/audit", views.audit_log, name="audit")]
