"""Doorwise: calm, offline help for the minute when a debt collector is at the door."""
