"""The tree of errors that rooms raise; `error_pages` makes them pages, the commands exit codes."""

from __future__ import annotations


class AppError(Exception):
    """An error that can be explained to a person.

    `status` is the HTTP status, `code` a stable name for tests and logs, `exit_code` the exit code of a command. `words`
    are the msgids of the title and the text of its page; without them the page has a general text.
    """

    status = 500
    code = "error"
    exit_code = 1
    words: tuple[str, str] | None = None


class NotFound(AppError):
    """There is no page at this address."""

    status = 404
    code = "not-found"


class NoRelease(AppError):
    """No release has been published on this data folder yet, or its current one cannot be read."""

    status = 503
    code = "no-release"


class UsageError(AppError):
    """The command got a value that it cannot use; the message names the value and the place."""

    status = 400
    code = "usage"
    exit_code = 2


class PackRefused(AppError):
    """A pack has errors; nothing was published."""

    code = "pack-refused"


class UnknownRelease(AppError):
    """No release, or more than one, has a digest that begins like this."""

    code = "unknown-release"


class DataFolderError(AppError):
    """The data folder is full, read-only, damaged or in use; the message names the reason."""

    code = "data-folder"
    exit_code = 3
