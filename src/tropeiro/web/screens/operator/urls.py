from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.operator import organizations, people, signup, views

urlpatterns = [
    path("operator/workers", views.worker_list, name="workers"),
    path("operator/workers/events", views.worker_events, name="worker-events"),
    path("operator/queues", views.queue_list, name="queues"),
    path("operator/queues/<slug:organization>", views.queue, name="queue"),
    path("operator/organizations", organizations.organization_list, name="operator-organizations"),
    path(
        "operator/organizations/<slug:organization>/suspend",
        organizations.suspend_organization,
        name="organization-suspend",
    ),
    path(
        "operator/organizations/<slug:organization>/resume",
        organizations.resume_organization,
        name="organization-resume",
    ),
    path("operator/users", views.user_list, name="operator-users"),
    path("operator/users/<int:user>/password", people.give_password, name="user-password"),
    path("operator/users/<int:user>/second-step", people.reset_second_step, name="user-second-step"),
    path("operator/users/<int:user>/deactivate", people.deactivate, name="user-deactivate"),
    path("operator/users/<int:user>/activate", people.activate, name="user-activate"),
    path("operator/signup", signup.signup, name="operator-signup"),
]
