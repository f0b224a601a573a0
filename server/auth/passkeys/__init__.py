"""Passkeys: what is stored of one, and the ceremonies that register and use it. No Flask here."""
