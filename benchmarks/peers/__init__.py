"""Peers: each is installed, started as its documentation says, measured, and stopped, by a file of its own."""
