from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.limits import views

urlpatterns = [
    path("limits", views.limit_list, name="limits"),
    path("limits/new", views.create, name="limit-new"),
    path("limits/<uuid:limit>", views.edit, name="limit-edit"),
    path("limits/<uuid:limit>/remove", views.remove, name="limit-remove"),
]
