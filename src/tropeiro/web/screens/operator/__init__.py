"""Pages for operators of the platform. Everybody else is answered as for an address that does not exist."""
