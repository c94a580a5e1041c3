"""EC2 key pairs. Rules: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class KeyPair(AwsResource):
    """The public half of a login key."""

    token = "aws:ec2/keyPair:KeyPair"  # noqa: S105  a resource type
    table, service, kind = "keyPairs", "EC2", "EC2 Key Pair"
    name_argument = "keyName"
    name_rule = (r"[ -~]{1,255}", "must be 1 to 255 characters of ASCII")
    force_new: ClassVar[frozenset[str]] = frozenset({"keyName", "keyNamePrefix", "publicKey", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"keyName", "keyNamePrefix", "region"})

    def make(self, call: Call, inputs: Props) -> str:
        """ImportKeyPair."""
        del call
        name: str = inputs["keyName"]
        if not _is_key(inputs["publicKey"]):
            text = "Key is not in valid OpenSSH public key format"
            raise self.error(f"importing {name}", "ImportKeyPair", "InvalidKey.Format", text)
        with self.account.opened() as tables:
            if name in tables[self.table]:
                text = f"The keypair already exists: {name}"
                raise self.error(f"importing {name}", "ImportKeyPair", "InvalidKeyPair.Duplicate", text)
            tables[self.table][name] = {**inputs, "keyPairId": f"key-{uuid.uuid4().hex[:17]}"}
        return name

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeKeyPairs; the service does not tell the key."""
        row = super().look(identity, state)
        if row is None:
            return None
        arn = f"arn:aws:ec2:{self.access.region}:{ACCOUNT_ID}:key-pair/{identity}"
        return {**{key: value for key, value in row.items() if key != "publicKey"}, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Tags only."""
        del call, old
        self.account.change(self.table, identity, tags=new.get("tags", {}))


def _is_key(text: str) -> bool:
    kind, _, rest = text.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.partition(" ")[0], validate=True)
    except (ValueError, binascii.Error):
        return False
    return kind in {"ssh-rsa", "ssh-ed25519"} and blob[4 : 4 + len(kind)] == kind.encode()
