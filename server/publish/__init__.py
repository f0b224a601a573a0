"""Packs in, one immutable content-addressed release out; the channel points to the current release."""
