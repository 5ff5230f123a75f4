"""Every address of the console, area by area: who gets what there."""
