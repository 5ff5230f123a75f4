"""Limits on calls: how many at once and how often, for an organization, a service or a credential."""
