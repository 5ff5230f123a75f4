from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.members import invitations, views

urlpatterns = [
    path("settings/members", views.member_list, name="members"),
    path("settings/members/invite", invitations.create, name="invitation-new"),
    path("settings/members/<uuid:membership>/role", views.change, name="member-role"),
    path("settings/members/<uuid:membership>/remove", views.remove, name="member-remove"),
    path("settings/members/invitations/<uuid:invitation>/revoke", invitations.revoke, name="invitation-revoke"),
]
