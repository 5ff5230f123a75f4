"""Finding things of an organization by their names."""
