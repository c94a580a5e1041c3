"""Key pairs. Facts: the provider's resource_alicloud_ecs_key_pair.go, and ImportKeyPair's documentation."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.plugins.alicloud import names
from sandbox.plugins.alicloud.api import new_id, now, retried
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

# https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-importkeypair: no Ed25519
_TAKEN: Final = ("ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")


class EcsKeyPair(AlicloudResource):
    """A key pair; the service keeps the public half, and never tells it."""

    token = "alicloud:ecs/ecsKeyPair:EcsKeyPair"  # noqa: S105  a resource type
    kind = "alicloud_ecs_key_pair"
    table = "keyPairs"
    force_new: ClassVar[frozenset[str]] = frozenset({"keyPairName", "keyNamePrefix", "keyFile", "keyName"})
    kept: ClassVar[frozenset[str]] = frozenset({"keyPairName", "keyName", "resourceGroupId"})
    lengths: ClassVar[Mapping[str, tuple[int, int]]] = {"keyPairName": (2, 128), "keyNamePrefix": (0, 100)}
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (
        ("keyPairName", "keyName"),
        ("keyNamePrefix", "keyPairName"),
        ("keyNamePrefix", "keyName"),
    )

    def make(self, call: Call, inputs: Props) -> str:
        """ImportKeyPair, or CreateKeyPair where there is no public key to import."""
        del call
        name = (
            inputs.get("keyPairName") or inputs.get("keyName") or new_id(inputs.get("keyNamePrefix", "key-"))
        )
        public = str(inputs.get("publicKey", "")).strip()
        with self.request("ImportKeyPair" if public else "CreateKeyPair"):
            names.check_name("KeyPairName", name)
            names.check_tags(inputs.get("tags", {}))
            if self.account.row(self.table, name) is not None:
                raise ApiError("KeyPair.AlreadyExist", "The key pair already exist.")
            line = _imported(public) if public else _created(inputs.get("keyFile"))
            row = {
                "publicKey": line,
                "keyPairName": name,
                "keyName": name,
                "fingerPrint": hashlib.md5(base64.b64decode(line.split()[1])).hexdigest(),  # noqa: S324  RFC 4716
                "createTime": now(),
                "tags": inputs.get("tags", {}),
            }
            self.account.put(self.table, name, row)
        return str(name)

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeKeyPairs: without the public key, so that another one shows no drift."""
        row = super().look(identity, state)
        return None if row is None else {key: value for key, value in row.items() if key != "publicKey"}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Tags alone. Another public key is remembered as done, and no action is called for it."""
        del call
        self.set_tags(identity, old, new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteKeyPairs; an instance that has it is waited for, without a word."""
        del state
        bound = "InvalidParameter.KeypairAlreadyAttachedInstance"

        def request() -> None:
            self.api.act("DeleteKeyPairs")
            with self.account.opened() as tables:
                if any(row.get("keyName") == identity for row in tables["instances"].values()):
                    raise ApiError(bound, "The specified key pair has been attached to an instance.")
                tables[self.table].pop(identity, None)

        with self.wrapped("DeleteKeyPairs", identity):
            retried(call, {bound}, request)


def _imported(line: str) -> str:
    """Type and key of a public key that the service takes."""
    parts = line.split()
    try:
        if len(parts) >= 2 and parts[0] in _TAKEN and base64.b64decode(parts[1], validate=True):
            return line
    except binascii.Error:
        pass
    raise invalid("PublicKeyBody")


def _created(file: str | None) -> str:
    """The public half of a new key; the private one is written to `file`, as the provider does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if file:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        path = Path(file)
        path.touch(mode=0o600)
        path.write_bytes(pem)
        path.chmod(0o400)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.decode()
