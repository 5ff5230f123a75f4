"""The REST API: what programs do with a token. Version 1."""
