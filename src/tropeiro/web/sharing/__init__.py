"""Links to workflows for people outside of the organization: to copy one, or to see how its last run went."""
