"""A certificate authority of the sandbox's own, which nothing trusts but a rehearsal and an app's machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox import files

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_DAYS: Final = 3650


def ensure(folder: Path) -> Path:
    """Have an authority in `folder`/tls; the bundle that trusts it and whatever this computer trusts.

    The folder remembers SSL_CERT_FILE as it was, for processes that are not to trust it.
    """
    bundle, own = folder / "tls" / "bundle.pem", folder / "tls" / "authority.pem"
    if not own.is_file():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("flask-deploy sandbox")
        usage = x509.KeyUsage(
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
        certificate = (
            _certificate(name, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        files.write(folder / "tls" / "authority.key", _pem(key), mode=0o600)
        files.write(own, certificate.public_bytes(serialization.Encoding.PEM).decode())
    given = os.environ.get("SSL_CERT_FILE", "")
    if given != str(bundle):
        files.write(folder / "tls" / "given", given)
        trusted = Path(given or SYSTEM)
        files.write(bundle, (trusted.read_text() if trusted.is_file() else "") + own.read_text())
    return bundle


def given(folder: Path) -> str:
    """What SSL_CERT_FILE was before; empty for nothing."""
    path = folder / "tls" / "given"
    return path.read_text() if path.is_file() else ""


def issue(folder: Path, names: Iterable[str], target: Path) -> None:
    """Write `target`.pem and `target`.key for these names, unless they are there."""
    if target.with_suffix(".pem").is_file():
        return
    ensure(folder)
    authority = x509.load_pem_x509_certificate((folder / "tls" / "authority.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "tls" / "authority.key").read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is of another kind than it was made with")
    key = ec.generate_private_key(ec.SECP256R1())
    named = [x509.DNSName(name) for name in names]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _certificate(_name(named[0].value[:64]), authority.subject, key)
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )
    files.write(target.with_suffix(".key"), _pem(key), mode=0o600)
    files.write(target.with_suffix(".pem"), certificate.public_bytes(serialization.Encoding.PEM).decode())


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
