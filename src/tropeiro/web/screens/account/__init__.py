"""One's own account: name, language, time zone, password, second steps, sessions, organizations."""
