"""Why a change of a unit is refused although the person may make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.editor.edits.model import Draft
from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.errors import AppError
from server.i18n import N_


class EditConflict(AppError):
    """Somebody else saved the same unit first; nothing was overwritten.

    `theirs` is the newest draft, `yours` the content that was sent, `before` the content that both began from. None is a
    removed unit.
    """

    status = 409
    code = "edit-conflict"
    words = (N_("Somebody else changed the same thing"), N_("Nothing was changed. Try again."))

    def __init__(self, unit: Unit, theirs: Draft, yours: Content | None, before: Content | None) -> None:
        super().__init__(f"{unit} was changed meanwhile: it stands at revision {theirs.head}")
        self.unit = unit
        self.theirs = theirs
        self.yours = yours
        self.before = before


class TextsFaulty(AppError):
    """The checker finds errors that these texts would bring into the next publish; nothing was approved."""

    status = 409
    code = "texts-faulty"
    words = (
        N_("Not approved: the checker found errors"),
        N_("Nothing was changed. Send the text back, or mend it first."),
    )

    def __init__(self, findings: Sequence[Any]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings
