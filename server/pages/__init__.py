"""Public addresses that no release holds: the entrance, the pages for mistakes, and the health check."""
