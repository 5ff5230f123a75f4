"""Pages of workflows and of automations, whose inside is one: the lists, one workflow, its text, its run, its copy."""
