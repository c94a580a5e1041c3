"""`tls:index/privateKey:PrivateKey`: https://registry.terraform.io/providers/hashicorp/tls, private_key."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sandbox.plugins.cloud.recorded import RecordedResource
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.values import Props

_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}


class PrivateKey(RecordedResource):
    """A private key."""

    token = "tls:index/privateKey:PrivateKey"  # noqa: S105  a resource type
    force_new: ClassVar[frozenset[str]] = frozenset({"algorithm", "rsaBits", "ecdsaCurve"})
    secret: ClassVar[frozenset[str]] = frozenset({"privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"})
    defaults: ClassVar[Mapping[str, Any]] = {"ecdsaCurve": "P224", "rsaBits": 2048.0}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The provider's own validators."""
        allowed = {"algorithm": ("RSA", "ECDSA", "ED25519"), "ecdsaCurve": tuple(_CURVES)}
        for name, values in allowed.items():
            if name in inputs and inputs[name] not in values:
                listed = " ".join(f'"{value}"' for value in values)
                yield Failure("", f'{name} value must be one of: [{listed}], got: "{inputs[name]}"')

    def compute(self, inputs: Props) -> tuple[str, Props]:
        """Make the key; its id is the digest of its public half."""
        key = _generate(inputs)
        public = key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        state = {
            "privateKeyPem": _private_pem(key),
            "privateKeyPemPkcs8": key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ).decode(),
            "publicKeyPem": pem,
            **_openssh(key, inputs),
        }
        return hashlib.sha1(pem.encode(), usedforsecurity=False).hexdigest(), state


def _generate(inputs: Props) -> Any:
    if inputs["algorithm"] == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=int(inputs["rsaBits"]))
    if inputs["algorithm"] == "ECDSA":
        return ec.generate_private_key(_CURVES[inputs["ecdsaCurve"]])
    return ed25519.Ed25519PrivateKey.generate()


def _private_pem(key: Any) -> str:
    kind = (
        PrivateFormat.PKCS8
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else PrivateFormat.TraditionalOpenSSL
    )
    return str(key.private_bytes(Encoding.PEM, kind, NoEncryption()).decode())


def _openssh(key: Any, inputs: Props) -> Props:
    """OpenSSH's forms and digests; empty for P224, which OpenSSH does not know."""
    names = ("publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256", "privateKeyOpenssh")
    if inputs["algorithm"] == "ECDSA" and inputs["ecdsaCurve"] == "P224":
        return dict.fromkeys(names, "")
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    blob = base64.b64decode(line.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    colons = ":".join(md5[place : place + 2] for place in range(0, 32, 2))
    return dict(zip(names, (f"{line}\n", colons, f"SHA256:{sha256}", private), strict=True))
