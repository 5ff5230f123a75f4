"""The search box of the frame."""
