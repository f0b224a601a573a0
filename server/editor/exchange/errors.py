"""Why a file was not imported."""

from __future__ import annotations

from collections.abc import Sequence

from server.editor.exchange.import_reasons import REASONS
from server.errors import AppError
from server.guidance.problem import MAX_LISTED, Problem
from server.i18n import N_


class ImportRefused(AppError):
    """A file that was sent cannot be taken in.

    `reason` is a stable word of `import_words.REASONS`, `more` fills its sentence in; `problems` are the faults of the
    files that came in, where that is the reason. The message says all this in the language of the code.
    """

    status = 400
    code = "import-refused"
    words = (N_("This file cannot be imported"), N_("Nothing was changed. Check the file."))

    def __init__(self, reason: str, problems: Sequence[Problem] = (), **more: str | int) -> None:
        super().__init__("\n".join([REASONS[reason] % more, *map(str, problems[:MAX_LISTED])]))
        self.reason = reason
        self.problems = tuple(problems)
        self.more = more
