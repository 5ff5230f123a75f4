"""Pages of jobs, and the streams that keep them live."""
