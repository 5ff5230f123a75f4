from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.services import acts, lists, testing, views

urlpatterns = [
    path("services", lists.service_list, name="services"),
    path("services/<uuid:service>", views.overview, name="service"),
    path("services/<uuid:service>/contract", views.contract, name="service-contract"),
    path("services/<uuid:service>/test", testing.test, name="service-test"),
    path("services/<uuid:service>/test/<uuid:job>/events", testing.result_events, name="service-test-events"),
    path("services/<uuid:service>/versions", views.versions, name="service-versions"),
    path("services/<uuid:service>/use", views.use, name="service-use"),
    path("services/<uuid:service>/usage", views.usage, name="service-usage"),
    path("services/<uuid:service>/tags", acts.tags, name="service-tags"),
    path("services/<uuid:service>/remove", acts.remove, name="service-remove"),
    path("services/<uuid:service>/restore", acts.restore, name="service-restore"),
]
