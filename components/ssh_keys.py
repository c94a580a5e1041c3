"""SSH keys of the configuration: what a host key and a private key may be, and how to get them."""

import base64
import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

# Types of host keys, and how many fields a key of each has (RFC 8709, 4253, 5656).
_KEY_FIELDS: Final[Mapping[str, int]] = {
    "ssh-ed25519": 2,
    "ecdsa-sha2-nistp256": 3,
    "ecdsa-sha2-nistp384": 3,
    "ecdsa-sha2-nistp521": 3,
}
_PEM_BEGIN: Final = r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----"


def host_key(value: str) -> str:
    """Accept one public SSH host key, as in `/etc/ssh/ssh_host_ed25519_key.pub`, without its comment."""
    rule = (
        "should be one public host key, for example 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5…'; "
        "get it on the machine itself: cat /etc/ssh/ssh_host_ed25519_key.pub"
    )
    fields = value.split()
    if len(value.strip().splitlines()) != 1 or len(fields) < 2:
        raise ValueError(rule)
    if "ssh-rsa" in fields[:2]:
        # pulumi-command offers the key's type as the algorithm, and today's sshd signs with no 'ssh-rsa'.
        raise ValueError(
            "should be the machine's ed25519 or ecdsa key, since an RSA key can't be pinned; "
            "get it on the machine itself: cat /etc/ssh/ssh_host_ed25519_key.pub"
        )
    if fields[0] not in _KEY_FIELDS:
        if fields[1] in _KEY_FIELDS:
            raise ValueError("should be the key alone: leave out the host in front (known_hosts has it)")
        raise ValueError(rule)
    # The key's own first field repeats its type (RFC 4253, section 6.6).
    parts = _fields_of(fields[1])
    if parts[:1] != [fields[0].encode()] or len(parts) != _KEY_FIELDS[fields[0]]:
        raise ValueError(f"{rule} (this one is damaged or not a {fields[0]} key)")
    return " ".join(fields[:2])


def _fields_of(text: str) -> list[bytes]:
    """Return the fields of a public key, each a length and as many bytes; none if it is damaged."""
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        return []
    fields = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            return []
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return fields


def rsa_public_key(value: str) -> str:
    """Accept one public RSA key of at least 2048 bits, without its comment: Alibaba Cloud takes no other."""
    rule = (
        "should be one public RSA key, for example the content of ~/.ssh/id_rsa.pub: 'ssh-rsa AAAAB3NzaC1…'"
    )
    fields = value.split()
    if len(value.strip().splitlines()) != 1 or len(fields) < 2 or fields[0] != "ssh-rsa":
        raise ValueError(f"{rule} (Alibaba Cloud takes no other type)")
    parts = _fields_of(fields[1])
    if parts[:1] != [b"ssh-rsa"] or len(parts) != 3:
        raise ValueError(f"{rule} (this one is damaged)")
    if int.from_bytes(parts[2], "big").bit_length() < 2048:
        raise ValueError("should have at least 2048 bits; make one: ssh-keygen -t rsa -b 4096")
    return " ".join(fields[:2])


def private_key(value: str) -> str:
    """Accept the text of a private SSH key without a passphrase; line ends are mended."""
    text = value.replace("\r\n", "\n").strip() + "\n"
    lines = text.splitlines()
    if text.startswith(("ssh-", "ecdsa-")):
        raise ValueError("should be the private key, this is the public one (its file has no '.pub')")
    if not text.startswith("-----BEGIN "):
        raise ValueError(
            "should be the text of a private key (it starts with '-----BEGIN'), not its path; "
            "for a path use privateKeyFile, for example '~/.ssh/id_ed25519'"
        )
    if not re.fullmatch(_PEM_BEGIN, lines[0]) or lines[-1] != lines[0].replace("BEGIN", "END"):
        raise ValueError(
            "should be the whole text of a private key, line by line, from '-----BEGIN … PRIVATE KEY-----' "
            "to its '-----END'; privateKeyFile needs its path only, for example '~/.ssh/id_ed25519'"
        )
    if "ENCRYPTED" in text.split("\n\n", 1)[0] or _openssh_encrypted(text):
        raise ValueError(
            "has a passphrase, which nobody can type here: load it into ssh-agent and leave this out, "
            "or use a key of its own for deploying"
        )
    return text


def _openssh_encrypted(text: str) -> bool:
    """Whether a key in OpenSSH's own format names a cipher (PROTOCOL.key: magic, then the cipher's name)."""
    body = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        blob = base64.b64decode(body, validate=True)
    except ValueError:
        return False
    magic = b"openssh-key-v1\0"
    return blob.startswith(magic) and not blob.startswith(magic + b"\0\0\0\x04none")


HostKey = Annotated[str, AfterValidator(host_key)]
RsaPublicKey = Annotated[str, AfterValidator(rsa_public_key)]
