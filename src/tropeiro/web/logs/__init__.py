"""Logs of all jobs of an organization: looking through them, counting them, following them, taking them away."""
