"""Users, organizations, and who is a member of what."""
