"""The error for a file that was not imported."""

from __future__ import annotations

from collections.abc import Sequence

from server.editor.exchange.import_reasons import REASONS
from server.errors import AppError
from server.guidance.problems.problem import MAX_LISTED, Problem
from server.i18n import N_


class ImportRefused(AppError):
    """A file that was sent cannot be imported.

    `reason` is a key of `import_reasons.REASONS`, `more` are the parameters of its sentence; `problems` are the faults of
    the imported files, where that is the reason. The message holds all this in English.
    """

    status = 400
    code = "import-refused"
    words = (N_("This file cannot be imported"), N_("Nothing was changed. Check the file."))

    def __init__(self, reason: str, problems: Sequence[Problem] = (), **more: str | int) -> None:
        super().__init__("\n".join([REASONS[reason] % more, *map(str, problems[:MAX_LISTED])]))
        self.reason = reason
        self.problems = tuple(problems)
        self.more = more
