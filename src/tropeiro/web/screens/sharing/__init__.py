"""Links to workflows: made and revoked on a workflow's page, followed by people outside of the organization."""
