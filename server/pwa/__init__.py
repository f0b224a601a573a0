"""Delivery: everything that makes the site installable, fast and able to start offline."""
