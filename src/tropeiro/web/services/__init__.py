"""Services and their immutable versions."""
