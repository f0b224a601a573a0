"""Errors of the desk; the web turns each into a page."""

from __future__ import annotations

from server.errors import AppError
from server.i18n import N_


class BadUnit(AppError):
    """No text, entry or head of a pack can have this name."""

    status = 404
    code = "bad-unit"
    words = (N_("Not found"), N_("It may have been removed or renamed. Look for it in the lists."))


class UnknownPlace(AppError):
    """There is no such region, or the region has no such language."""

    status = 404
    code = "unknown-place"
    words = (N_("Not found"), N_("It may have been removed or renamed. Look for it in the lists."))


class ContentRefused(AppError):
    """No pack file can hold what was sent, whatever the checker finds in its meaning."""

    status = 400
    code = "content-refused"
    words = (
        N_("This cannot be saved"),
        N_("Nothing was changed. It may be too long, or contain something that a text cannot have."),
    )


class PlaceRefused(ContentRefused):
    """A region or language cannot be added or removed; `reason` is a stable word for why."""

    def __init__(self, reason: str, *parts: object) -> None:
        super().__init__(reason, *parts)
        self.reason = reason


class NoRevision(AppError):
    """A text has no such revision."""

    status = 404
    code = "no-revision"
    words = (N_("That version does not exist"), N_("Nothing was changed. Open the history again."))


class ReviewRefused(AppError):
    """This person may not review this revision, or it is not the newest; the message names the reason."""

    status = 409
    code = "review-refused"
    words = (N_("Somebody has just changed it"), N_("Nothing was changed. Read the newest version and decide again."))


class PlanChanged(AppError):
    """The plan differs from the one that was shown; nothing was published."""

    status = 409
    code = "plan-changed"
    words = (N_("What would be published has changed"), N_("Nothing was published. Look at it again."))
