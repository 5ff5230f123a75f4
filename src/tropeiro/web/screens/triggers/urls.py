from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.triggers import views

urlpatterns = [
    path("triggers", views.trigger_list, name="triggers"),
    path("triggers/new", views.create, name="trigger-new"),
    path("triggers/<uuid:trigger>", views.trigger, name="trigger"),
    path("triggers/<uuid:trigger>/edit", views.edit, name="trigger-edit"),
    path("triggers/<uuid:trigger>/enable", views.enable, name="trigger-enable"),
    path("triggers/<uuid:trigger>/disable", views.disable, name="trigger-disable"),
    path("triggers/<uuid:trigger>/run", views.run, name="trigger-run"),
    path("triggers/<uuid:trigger>/delete", views.delete, name="trigger-delete"),
]
