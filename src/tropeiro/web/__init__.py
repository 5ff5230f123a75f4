"""The web side: accounts, projects, services, workflows, credentials and jobs, and the console over them. Django."""
