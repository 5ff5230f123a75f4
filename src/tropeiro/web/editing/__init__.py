"""What stands behind the editor beside drafts: past runs, previews on their values, test runs of drafts."""
