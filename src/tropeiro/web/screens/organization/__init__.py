"""The page of the organization's own settings."""
