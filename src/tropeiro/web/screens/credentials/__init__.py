"""Pages of credentials: they are set and deleted here, and never shown."""
