"""The workflow editor: its page, and what its scripts ask of the server as JSON."""
