"""Delivery: what makes the site installable, fast and able to start offline."""
