"""What one-time links are for, and how long each is good."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """The purpose of a link; its value is the folder of its address, so that no link opens another one's page."""

    FIRST = "setup"
    INVITE = "invite"
    RECOVER = "recover"
    MOVE = "move"


LIFETIME = {
    Purpose.FIRST: timedelta(hours=24),
    Purpose.INVITE: timedelta(days=7),
    Purpose.RECOVER: timedelta(hours=24),
    Purpose.MOVE: timedelta(days=7),
}
# A link that a recovery code has opened is followed at once.
AFTER_CODE = timedelta(minutes=15)


def format_lifetime(purpose: Purpose) -> str:
    """Return how long a link of this purpose is good, as the console prints it: `24 hours`, `7 days`."""
    lifetime = LIFETIME[purpose]
    hours = int(lifetime.total_seconds()) // 3600
    number, unit = (hours, "hour") if hours <= 48 else (lifetime.days, "day")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
