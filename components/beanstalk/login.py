"""The login key of the instances, where the configuration has one."""

import hashlib

import pulumi
from pulumi_aws import ec2

from components.beanstalk.parts import Common


def make(public_key: str | None, common: Common) -> pulumi.Output[str] | None:
    """Return the key pair's name.

    Another key is another pair, and the former goes last: what serves may have to start an instance with it.
    """
    if public_key is None:
        return None
    digest = hashlib.sha256(public_key.encode()).hexdigest()[:8]
    return ec2.KeyPair(
        "login",
        key_name=pulumi.Output.concat(common.name, "-", digest),
        public_key=public_key,
        tags=common.tags,
        opts=common.opts(delete_before_replace=False),
    ).key_name
