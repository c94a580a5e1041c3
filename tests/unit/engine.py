"""What stands for the engine and its providers: gives resources ids and outputs, and answers functions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import grpc
from pulumi import UNKNOWN
from pulumi.runtime import mocks

if TYPE_CHECKING:
    from collections.abc import Mapping


SLUG = "0b9e8d7c-6a5f-4e3d-8c2b-1a0f9e8d7c6b"


class Refusal(grpc.RpcError):
    """What a provider answers to a question when it can't, as it arrives at the SDK."""

    def code(self) -> grpc.StatusCode:
        """Return the kind of failure: the provider's own."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """Return the provider's words."""
        return str(self)


class Engine(mocks.Mocks):
    """Gives each resource an id, and as outputs its inputs and what its provider works out.

    `answers` are what functions of providers give, by their names without the package; a `Refusal`
    is raised. `asked` are the functions that were called, with what they were given. A preview before
    anything is there `knows` no output that is worked out. `held` are outputs, by the resource's type,
    that are not what the program wants, since they are held.
    """

    def __init__(
        self,
        answers: Mapping[str, Any] | None = None,
        *,
        knows: bool = True,
        held: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers or {}
        self._knows = knows
        self._held = held or {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Return the id and the outputs."""
        kind = args.typ.rpartition(":")[2]
        computed = _computed(kind, args.name, args.inputs)
        if not self._knows:
            return None, {**args.inputs, **dict.fromkeys(computed, UNKNOWN)}
        known = args.resource_id or f"{args.name}-id"
        return known, {**args.inputs, **computed, **self._held.get(kind, {})}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        """Return the answer; without one the call is refused."""
        name = args.token.rpartition("/")[2].partition(":")[0]
        self.asked.append((name, args.args))
        answer = self._answers.get(name, AssertionError(f"called {args.token}"))
        if isinstance(answer, BaseException):
            raise answer
        return dict(answer), []


def _computed(kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a provider works out, in its own form."""
    if kind == "Command":
        return {"stdout": f"{name} done", "stderr": ""}
    if kind == "PrivateKey":
        algorithm = {"RSA": "ssh-rsa", "ED25519": "ssh-ed25519"}[inputs["algorithm"]]
        public = base64.b64encode(f"public half of {name}".encode()).decode()
        private = f"-----BEGIN OPENSSH PRIVATE KEY-----\nprivate half of {name}\n"
        return {"publicKeyOpenssh": f"{algorithm} {public} a comment\n", "privateKeyOpenssh": private}
    account, called = "123456789012", inputs.get("name")
    return {
        "Instance": {"publicIp": "198.51.100.7" if inputs.get("internetMaxBandwidthOut") else ""},
        "EipAddress": {"ipAddress": "198.51.100.9"},
        "RandomId": {"hex": inputs.get("prefix", "") + "ab12cd34"[: 2 * int(inputs.get("byteLength", 0))]},
        "App": {"webUrl": f"https://{inputs.get('name')}-0123456789ab.herokuapp.com/"},
        "Role": {"arn": f"arn:aws:iam::{account}:role/{called}"},
        "Bucket": {"arn": f"arn:aws:s3:::{inputs.get('bucket')}"},
        "Secret": {"arn": f"arn:aws:secretsmanager:eu-central-1:{account}:secret:{called}-x7Yz9Q"},
        "Environment": {
            "arn": f"arn:aws:elasticbeanstalk:eu-central-1:{account}:environment/shop/{called}",
            "cname": f"{inputs.get('cnamePrefix')}.eu-central-1.elasticbeanstalk.com",
        },
        "Application": {
            "defaultHostname": "my-project.ew.r.appspot.com",
            "codeBucket": "staging.my-project.appspot.com",
            "locationId": "europe-west",
        },
        "Account": {"email": f"{inputs.get('accountId')}@my-project.iam.gserviceaccount.com"},
        "SecretVersion": {"name": f"projects/471203/secrets/{inputs.get('secret')}/versions/1"},
        "Build": {"slugId": SLUG},
        "Domain": {"cname": f"{inputs.get('hostname')}.example-dns.net"},
    }.get(kind, {})
