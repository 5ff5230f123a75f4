"""Programs that measure the engine and its peers, started from the top of the checkout."""
