"""An authenticator in software. It answers ceremonies as a browser hands them on, and lies wherever a test tells it to.

Source: WebAuthn Level 3, sections 5.8.1 (client data), 6.1 (authenticator data), 6.5.1 (attested credential data).
"""

from __future__ import annotations

import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def encode(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Credential:
    """One discoverable credential; a `count` of None is a synced one, which always says 0."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: bytes
    count: int | None = 0


@dataclass
class Authenticator:
    """A device at `origin`. What is set here goes into every answer; each argument of a method goes into one."""

    origin: str
    verified: bool = True
    synced: bool = False
    may_sync: bool = False
    credentials: list[Credential] = field(default_factory=list)

    def create(
        self,
        options: dict[str, Any],
        *,
        origin: str | None = None,
        rp_id: str | None = None,
        verified: bool | None = None,
        challenge: str | None = None,
        credential_id: bytes | None = None,
        kind: str = "webauthn.create",
    ) -> dict[str, Any]:
        """Make a credential and give the answer to `navigator.credentials.create()`."""
        made = Credential(
            credential_id or os.urandom(32),
            ec.generate_private_key(ec.SECP256R1()),
            rp_id or options["rp"]["id"],
            decode(options["user"]["id"]),
            None if self.synced else 0,
        )
        self.credentials.append(made)
        point = made.key.public_key().public_numbers()
        # RFC 9053 section 7.1.1: an EC2 key on P-256 for ES256.
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(made.id)) + made.id + public
        data = self._data(made.rp_id, verified, made.count or 0, AT) + attested
        client = self._client(kind, challenge or options["challenge"], origin)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": encode(client),
            "attestationObject": encode(attestation),
            "transports": ["internal"],
        }
        return self._answer(made.id, response)

    def get(
        self,
        options: dict[str, Any],
        *,
        origin: str | None = None,
        rp_id: str | None = None,
        verified: bool | None = None,
        challenge: str | None = None,
        count: int | None = None,
        credential: Credential | None = None,
        signed_by: ec.EllipticCurvePrivateKey | None = None,
        kind: str = "webauthn.get",
    ) -> dict[str, Any]:
        """Give the answer to `navigator.credentials.get()`, with the newest credential that fits."""
        allowed = {decode(one["id"]) for one in options.get("allowCredentials") or []}
        fitting = [one for one in self.credentials if not allowed or one.id in allowed]
        used = credential or fitting[-1]
        if used.count is not None:
            used.count = used.count + 1 if count is None else count
        data = self._data(rp_id or used.rp_id, verified, used.count or 0, 0)
        client = self._client(kind, challenge or options["challenge"], origin)
        key = signed_by or used.key
        response = {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))),
            "userHandle": encode(used.user_handle),
        }
        return self._answer(used.id, response)

    def _data(self, rp_id: str, verified: bool | None, count: int, flags: int) -> bytes:
        flags |= UP | (UV if (self.verified if verified is None else verified) else 0)
        flags |= BE | BS if self.synced else BE if self.may_sync else 0
        return sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, count)

    def _client(self, kind: str, challenge: str, origin: str | None) -> bytes:
        document = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": False}
        return json.dumps(document).encode()

    def _answer(self, credential_id: bytes, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": encode(credential_id),
            "rawId": encode(credential_id),
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }
