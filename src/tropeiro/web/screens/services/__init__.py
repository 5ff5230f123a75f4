"""Pages of services: the list, one service, its test."""
