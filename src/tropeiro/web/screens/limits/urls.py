from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.limits import views

urlpatterns = [
    path("settings/limits", views.limit_list, name="limits"),
    path("settings/limits/new", views.create, name="limit-new"),
    path("settings/limits/<uuid:limit>", views.edit, name="limit-edit"),
    path("settings/limits/<uuid:limit>/remove", views.remove, name="limit-remove"),
]
