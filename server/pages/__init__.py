"""Public addresses that no release holds: the entrance, error pages, and the health check."""
