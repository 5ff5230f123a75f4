from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.credentials import views

urlpatterns = [
    path("credentials", views.credential_list, name="credentials"),
    path("credentials/new", views.create, name="credential-new"),
    path("credentials/<uuid:credential>", views.credential, name="credential"),
    path("credentials/<uuid:credential>/replace", views.replace, name="credential-replace"),
    path("credentials/<uuid:credential>/delete", views.delete, name="credential-delete"),
]
