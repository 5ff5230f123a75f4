"""API tokens: programs that act for an organization."""
