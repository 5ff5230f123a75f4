from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.gate import login

urlpatterns = [
    path("login", login.log_in, name="login"),
    path("logout", login.log_out, name="logout"),
]
