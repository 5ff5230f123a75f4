"""Projects: what groups services and automations, and how a folder of files becomes one."""
