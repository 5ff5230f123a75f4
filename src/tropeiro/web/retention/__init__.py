"""How long an organization keeps its history."""
