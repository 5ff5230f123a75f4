"""The house's project ``core``: the services that are part of Tropeiro itself."""

from __future__ import annotations

from django.db import transaction

from tropeiro.kernel.service_ref import CORE
from tropeiro.services.core import CORE_SERVICES
from tropeiro.web.accounts.actions import ensure_house
from tropeiro.web.member import HOUSE
from tropeiro.web.projects.models import Project
from tropeiro.web.services.declared import built_in
from tropeiro.web.services.publishing import Change, Publisher


def sync_core() -> tuple[Change, ...]:
    """Bring the built-in services to what this version has: a new revision only where a definition changed."""
    organization = ensure_house(HOUSE, "Tropeiro")
    with transaction.atomic():
        project, _ = Project.objects.get_or_create(
            organization_id=organization,
            slug=CORE,
            defaults={"name": "Core", "description": "What every installation has."},
        )
        Project.objects.select_for_update().get(id=project.id)
        publisher = Publisher(organization, project.id, careful=False)
        for definition in CORE_SERVICES:
            publisher.publish(built_in(definition))
        publisher.remove_all_but(definition.name for definition in CORE_SERVICES)
        return tuple(publisher.changes)
