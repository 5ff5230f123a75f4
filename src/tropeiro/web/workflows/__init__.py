"""Workflows, their immutable versions, and the pinning of services."""
