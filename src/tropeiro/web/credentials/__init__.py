"""Credentials: named secrets, written and never read back."""
