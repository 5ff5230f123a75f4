from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.organization import views

urlpatterns = [
    path("settings/organization", views.organization, name="organization-settings"),
    path("settings/organization/defaults", views.defaults, name="organization-defaults"),
    path("settings/organization/retention", views.keep, name="organization-retention"),
]
