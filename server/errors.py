"""The tree of errors that rooms raise; `error_pages` makes them pages, the commands exit codes."""

from __future__ import annotations


class AppError(Exception):
    """Something went wrong that a person can be told about.

    `status` is the HTTP status, `code` a stable name for tests and logs, `exit_code` what a command ends with. `words` are
    the title and the text of its page, as they stand in the catalogues; without them the page says something general.
    """

    status = 500
    code = "error"
    exit_code = 1
    words: tuple[str, str] | None = None


class NotFound(AppError):
    """Nothing lives at this address."""

    status = 404
    code = "not-found"


class NoRelease(AppError):
    """No release has been published on this data folder yet, or its current one cannot be read."""

    status = 503
    code = "no-release"


class UsageError(AppError):
    """The command was given something it cannot use; the message says what and where."""

    status = 400
    code = "usage"
    exit_code = 2


class PackRefused(AppError):
    """A pack has errors; nothing was published."""

    code = "pack-refused"


class UnknownRelease(AppError):
    """No release, or more than one, has a digest that begins so."""

    code = "unknown-release"


class DataFolderError(AppError):
    """The data folder is full, read-only, damaged or in use; the message says which."""

    code = "data-folder"
    exit_code = 3
