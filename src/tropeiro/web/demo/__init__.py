"""The demonstration: an organization filled with a plausible history, marked as a sample, and taken away whole."""
