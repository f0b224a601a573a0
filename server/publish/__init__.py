"""Packs in, one immutable content-addressed release out; the channel says which release is current."""
