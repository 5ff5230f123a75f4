"""Jobs: starting them, acting on them, reading what they did."""
