from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.tokens import views

urlpatterns = [
    path("settings/tokens", views.token_list, name="tokens"),
    path("settings/tokens/new", views.create, name="token-new"),
    path("settings/tokens/<uuid:token>/revoke", views.revoke, name="token-revoke"),
]
