"""What resources in Alibaba Cloud have in common, where no target makes them."""

from __future__ import annotations

import pulumi

from components.alibaba.parts import Common


def common() -> Common:
    """The common part of resources that a test makes by themselves."""

    def hook(_: pulumi.ErrorHookArgs) -> bool:
        return False

    parent = pulumi.ComponentResource("test:index:Parent", "parent")
    return Common(parent=parent, label="flask-deploy-dev", explain=pulumi.ErrorHook("refused", hook))
