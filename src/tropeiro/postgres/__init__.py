"""PostgreSQL from the event loop: pooled connections, and ears for its notifications."""
