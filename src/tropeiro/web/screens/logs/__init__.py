"""The explorer of logs."""
