"""The emulated clouds of a scratch copy: one plugin for each provider that its target's SDK needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.language.toolchain import required_packages
from sandbox.plugins import command_plugin
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.install import COMMAND, Plugin, install

if TYPE_CHECKING:
    from sandbox.project import Scratch


def ensure(scratch: Scratch) -> Account:
    """Have all plugins in the scratch copy's PULUMI_HOME; its emulated account, which survives the engine.

    Names and versions are those that the engine asks for: the installed SDKs'.
    """
    (packages,) = (scratch.root / ".venv").resolve().glob("lib/python3*/site-packages")
    account = Account(scratch.state / "account")
    command_plugin.ensure(scratch.engine.pulumi, scratch.pulumi_home)
    for needed in required_packages([packages]):
        if needed["name"] != COMMAND.name:
            plugin = Plugin(
                name=needed["name"],
                version=needed["version"].removeprefix("v"),
                packages=packages,
                account=account.folder,
            )
            install(plugin, scratch.engine.pulumi, scratch.pulumi_home)
    return account
