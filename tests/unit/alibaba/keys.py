"""Public keys, made of their fields (RFC 4253, section 6.6): no real ones are needed."""

from __future__ import annotations

import base64
from typing import Final


def rsa(bits: int = 2048, comment: str = "") -> str:
    """A public RSA key whose modulus has so many bits."""
    modulus = (1 << (bits - 1)) + 1
    return _written("ssh-rsa", b"\1\0\1", b"\0" + modulus.to_bytes(bits // 8, "big")) + comment


def ed25519() -> str:
    """A public ed25519 key."""
    return _written("ssh-ed25519", b"k" * 32)


def _written(kind: str, *fields: bytes) -> str:
    blob = b"".join(len(field).to_bytes(4, "big") + field for field in (kind.encode(), *fields))
    return f"{kind} {base64.b64encode(blob).decode()}"


RSA: Final = rsa()
