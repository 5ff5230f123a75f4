from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.sharing import embed, links, receiving

urlpatterns = [
    path("workflows/<uuid:workflow>/links", links.links, name="workflow-links"),
    path("workflows/<uuid:workflow>/links/<uuid:link>/revoke", links.revoke, name="workflow-link-revoke"),
    path("shared/<str:token>", receiving.follow, name="shared-link"),
    path("shared/workflow/<uuid:link>", receiving.receive, name="shared-workflow"),
    path("embed/<str:token>", embed.embed, name="embed"),
]
