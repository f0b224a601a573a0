"""Errors of the auth room, each with the words that the person reads."""

from __future__ import annotations

from server.errors import AppError
from server.i18n import N_


class AuthError(AppError):
    """A refusal that a person at the desk can understand."""

    status = 403


class SignInNeeded(AuthError):
    """Nobody is signed in in this browser, or the session has ended."""

    status = 401
    code = "sign-in-needed"
    words = (N_("Sign in first"), N_("You were signed out, or your session has expired. Sign in and try again."))


class AccessDenied(AuthError):
    """This person may not do this; the message says why."""

    code = "not-allowed"
    words = (N_("Your role does not allow this"), N_("Ask an owner of this desk if you need it."))


class SetUpNeeded(AuthError):
    """The person has only one way to sign in so far; losing it would lock them out."""

    code = "set-up-needed"
    words = (N_("Finish your set-up first"), N_("Add a second passkey, or print recovery codes."))


class ConfirmationNeeded(AuthError):
    """The last use of a passkey is too long ago for this."""

    code = "confirm-needed"
    words = (N_("Confirm that it is you"), N_("Use your passkey again, then repeat what you were doing."))


class PasskeyRejected(AuthError):
    """A ceremony did not verify. The reason is for the log, not for the page."""

    status = 400
    code = "passkey-rejected"
    words = (N_("The passkey was not accepted"), N_("Try again. If it fails again, use another passkey."))


class PasskeySuspended(PasskeyRejected):
    """The passkey's counter was out of order: a copy of it may exist."""

    code = "passkey-suspended"
    words = (
        N_("This passkey is suspended"),
        N_("It may have been copied. Use another passkey, or a recovery code, and remove this one."),
    )


class LinkSpent(AuthError):
    """A one-time link was used, is too old, or never existed."""

    status = 410
    code = "link-spent"
    words = (
        N_("This link does not work any more"),
        N_("It was already used, or it has expired. Ask for a new one."),
    )


class SetUpDone(LinkSpent):
    """A set-up link is worth nothing once an owner has finished setting the desk up."""

    code = "set-up-done"
    words = (
        N_("The desk has an owner already"),
        N_("This link was for setting it up. Ask an owner of this desk to invite you."),
    )


class CodeRejected(AuthError):
    """There is no unused recovery code like this."""

    status = 400
    code = "code-rejected"
    words = (N_("That is not one of your codes"), N_("Look at your paper and type it again. Each code works once."))


class TooManyAttempts(AuthError):
    """Too many attempts from there; `retry_after_s` is the time to wait, in seconds."""

    status = 429
    code = "too-many"
    words = (N_("Too many attempts"), N_("Wait a few minutes and try again."))

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ForeignRequest(AuthError):
    """The request did not come from a page of this desk."""

    code = "foreign-request"
    words = (N_("This request did not come from the desk"), N_("Go back to the desk and do it there."))


class StaleForm(AuthError):
    """The form's token is missing or belongs to another session."""

    status = 400
    code = "stale-form"
    words = (N_("This page is out of date"), N_("Nothing was changed. Open the page again and repeat what you did."))


class NotYourForm(AuthError):
    """The form was opened by another person than the one who is signed in now in this browser."""

    status = 409
    code = "not-your-form"
    words = (
        N_("Somebody else is signed in now"),
        N_("Nothing was changed. Go back: what you typed is still on the page. Copy it, or sign in again as yourself."),
    )


class WrongAddress(AuthError):
    """The desk was opened under another host name than the one that its passkeys belong to."""

    status = 421
    code = "wrong-address"
    words = (
        N_("The desk is at a different address"),
        N_("Passkeys work at one address only. Open the desk at the address that its operator gave you."),
    )


class LastOwner(AuthError):
    """The change would leave the desk without an owner who can sign in."""

    status = 409
    code = "last-owner"
    words = (N_("The desk needs an owner"), N_("Make somebody else an owner first."))


class LastPasskey(AuthError):
    """The change would leave the person without a passkey."""

    status = 409
    code = "last-passkey"
    words = (N_("This is your last passkey"), N_("Add another one first, then remove this one."))


class BadInput(AuthError):
    """A field is missing, too long or not one of the choices."""

    status = 400
    code = "bad-input"
    words = (N_("Something is missing"), N_("Go back and check what you entered."))


class NameTaken(BadInput):
    """Somebody else has that name, and the history must tell people apart."""

    status = 409
    code = "name-taken"
    words = (N_("This name is taken"), N_("Choose another one, so that the log shows who is who."))


class Gone(AuthError):
    """The object of the page no longer exists."""

    status = 404
    code = "gone"
    words = (N_("It no longer exists"), N_("Somebody may have removed it. Open the page again."))


class RetriesExhausted(AuthError):
    """Others changed the same thing again and again."""

    status = 503
    code = "busy"
    words = (N_("Somebody else changed the same thing"), N_("Nothing was changed. Try again."))
