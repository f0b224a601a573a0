"""Passkeys: the two ceremonies over py_webauthn, which does every verification. No Flask here."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.auth.errors import PasskeyRejected
from server.auth.gate import Gate, hash_token
from server.auth.roles import Person
from server.store.protocol import Body, Doc, Put

log = logging.getLogger("doorwise.auth")
# How long the browser waits for a finger or a security key; the challenge itself lives a little longer.
TIMEOUT_MS = 240_000
NAME_MAX = 40
# Exceptions that py_webauthn raises for malformed input besides its own errors.
MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)

Credential = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Passkey:
    """One credential of a person. `credential` and `public_key` are base64url; `rp_id` is the host it was made for.

    `id` is the digest of the credential id, which may be too long for a name in the store. `suspended_at` is set when its
    counter was out of order: somebody may hold a copy. `counter_off_at` is set when it was, and the passkey still works.
    `may_sync` tells whether it was made to be copied to other devices of its person (WebAuthn's backup eligibility); None
    for passkeys that were made before this was recorded.
    """

    id: str
    credential: str
    person: str
    name: str
    public_key: str
    sign_count: int
    rp_id: str
    is_synced: bool
    made_at: str
    used_at: str
    suspended_at: str = ""
    counter_off_at: str = ""
    may_sync: bool | None = None
    version: int = 0

    def build_body(self) -> Body:
        """Return the document's body."""
        return {
            "credential": self.credential,
            "person": self.person,
            "name": self.name,
            "public_key": self.public_key,
            "sign_count": self.sign_count,
            "rp_id": self.rp_id,
            "is_synced": self.is_synced,
            "made_at": self.made_at,
            "used_at": self.used_at,
            "suspended_at": self.suspended_at,
            "counter_off_at": self.counter_off_at,
            "may_sync": self.may_sync,
        }

    def build_save_change(self) -> Put:
        """Return the store change that saves the passkey, unless somebody else changed it since it was read."""
        return Put("passkey", self.id, self.build_body(), expect=self.version)

    def is_usable(self, gate: Gate) -> bool:
        """Return whether its person can sign in with it at this desk's address."""
        return not self.suspended_at and self.rp_id == gate.party.rp_id

    def is_on_many_devices(self) -> bool:
        """Return whether its counter proves nothing: each of its devices may count by itself, or not at all.

        Decided by what it was when it was made. A copy can lie about it at a sign-in.
        """
        return self.is_synced if self.may_sync is None else self.may_sync


def _parse_passkey(doc: Doc) -> Passkey:
    body: Mapping[str, Any] = doc.body
    return Passkey(id=doc.id, version=doc.version, **body)


def find_passkey(gate: Gate, passkey_id: str) -> Passkey | None:
    """Return the passkey with that id, the digest of its credential id, or None."""
    doc = gate.store.get("passkey", passkey_id)
    return _parse_passkey(doc) if doc else None


def list_passkeys(gate: Gate, person_id: str) -> list[Passkey]:
    """Return a person's passkeys, oldest first."""
    return sorted(
        (_parse_passkey(doc) for doc in gate.store.find("passkey", person=person_id)), key=lambda one: one.made_at
    )


def clean_passkey_name(name: str, others: Sequence[Passkey]) -> str:
    """Return the name as it will be shown; a number replaces a missing one, so that two can be distinguished."""
    clean = " ".join(name.split())[:NAME_MAX]
    if clean and clean.isprintable():
        return clean
    return str(len(others) + 1)


def make_creation_options(gate: Gate, person: Person, challenge: bytes, others: Sequence[Passkey]) -> dict[str, Any]:
    """Return the options for a new passkey: discoverable, with user verification, not one that the person has already."""
    options = generate_registration_options(
        rp_id=gate.party.rp_id,
        rp_name="Doorwise",
        user_id=bytes.fromhex(person.id),
        user_name=person.name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential))
            for one in others
            if one.is_usable(gate)
        ],
    )
    return options_to_json_dict(options)


def make_request_options(gate: Gate, challenge: bytes, among: Sequence[Passkey] = ()) -> dict[str, Any]:
    """Return the options for a sign-in: any passkey that the browser has for this desk, or one of `among`."""
    options = generate_authentication_options(
        rp_id=gate.party.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential)) for one in among]
        or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_registration(gate: Gate, person_id: str, name: str, challenge: bytes, credential: Credential) -> Passkey:
    """Return the passkey that the browser made.

    Raises:
        PasskeyRejected: The answer is for another challenge, origin or relying party, nobody was verified, or it is
            malformed.
    """
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=gate.party.rp_id,
            expected_origin=gate.party.origin,
            require_user_verification=True,
        )
    except MALFORMED as error:
        log.info("a new passkey was rejected: %s", error)
        raise PasskeyRejected("a new passkey did not verify") from error
    return Passkey(
        id=hash_token(bytes_to_base64url(made.credential_id)),
        credential=bytes_to_base64url(made.credential_id),
        person=person_id,
        name=name,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        rp_id=gate.party.rp_id,
        is_synced=made.credential_backed_up,
        may_sync=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        made_at=gate.make_stamp(exact=True),
        used_at="",
    )


@dataclass(frozen=True, slots=True)
class VerifiedUse:
    """A sign-in that verifies: the passkey's counter, and whether it is higher than before (WebAuthn Level 3, section 6.1.1)."""

    sign_count: int
    in_order: bool


def verify_sign_in(gate: Gate, passkey: Passkey, challenge: bytes, credential: Credential) -> VerifiedUse:
    """Return what a sign-in that verifies says of the passkey's counter.

    Raises:
        PasskeyRejected: The answer is for another challenge, origin or relying party, nobody was verified, the
            signature is wrong, or it is malformed.
    """
    try:
        count = _verify_answer(gate, passkey, challenge, credential, sign_count=passkey.sign_count)
    except MALFORMED as error:
        log.info("a sign-in was rejected: %s", error)
        reason = error
    else:
        return VerifiedUse(count, in_order=True)
    try:
        # The same answer, compared with a passkey that was never used: then only the counter was wrong.
        count = _verify_answer(gate, passkey, challenge, credential, sign_count=0)
    except MALFORMED:
        raise PasskeyRejected("the sign-in did not verify") from reason
    return VerifiedUse(count, in_order=False)


def _verify_answer(gate: Gate, passkey: Passkey, challenge: bytes, credential: Credential, *, sign_count: int) -> int:
    verified = verify_authentication_response(
        credential=dict(credential),
        expected_challenge=challenge,
        expected_rp_id=gate.party.rp_id,
        expected_origin=gate.party.origin,
        credential_public_key=base64url_to_bytes(passkey.public_key),
        credential_current_sign_count=sign_count,
        require_user_verification=True,
    )
    return verified.new_sign_count


def find_last_use(gate: Gate, person_id: str) -> str:
    """Return when the person last signed in with any passkey; empty when they never did."""
    return max((one.used_at for one in list_passkeys(gate, person_id)), default="")


def list_doubted_passkeys(gate: Gate, person_id: str) -> list[Passkey]:
    """Return the passkeys of a person whose counter was out of order, suspended or not."""
    return [one for one in list_passkeys(gate, person_id) if one.suspended_at or one.counter_off_at]
