"""A certificate authority of the tests' own, and a certificate for localhost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def make_certificate(folder: Path, *, days: int = 90, is_strict: bool = True) -> Path:
    """Write `fullchain.pem` and `privkey.pem` for localhost, and return the file of the authority that signed them.

    With `is_strict` they have all that RFC 5280 demands, as Python does from 3.13 on; phones accept less.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)
    common = (
        x509.CertificateBuilder()
        .issuer_name(_name("Tests"))
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, minutes=1))
    )
    authority = (
        common.subject_name(_name("Tests"))
        .serial_number(1)
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    leaf = (
        common.subject_name(_name("localhost"))
        .serial_number(2)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    if is_strict:
        public = authority_key.public_key()
        authority = authority.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        authority = authority.add_extension(CA_USAGE, critical=True)
        leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    signed, signer = (one.sign(authority_key, hashes.SHA256()) for one in (leaf, authority))
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "authority.pem").write_bytes(signer.public_bytes(PEM))
    return folder / "authority.pem"
