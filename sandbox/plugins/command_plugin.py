"""The `command` plugin of a scratch copy: the official one where it can be had, otherwise the stand-in."""

import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import say
from sandbox.plugins import install

SOURCE = "https://get.pulumi.com"  # where the engine downloads plugins from
SECONDS = 60  # for the download


def ensure(pulumi: Path, pulumi_home: Path) -> None:
    """Have the plugin in `pulumi_home`. What an earlier run has settled on is kept."""
    executable = install.COMMAND.place(pulumi_home)
    if not executable.is_file() and official(pulumi, pulumi_home):
        return
    if not executable.is_file() or install.is_ours(executable):
        install.install(install.COMMAND, pulumi, pulumi_home)


def official(pulumi: Path, pulumi_home: Path) -> bool:
    """Download the official plugin; False, and a line that says so, where that can't be done."""
    if not _reachable():
        say.step("the official command plugin can't be had here: the sandbox's stand-in takes its place")
        return False
    command = [str(pulumi), "plugin", "install", "resource", install.COMMAND.name, install.COMMAND.version]
    environment = os.environ | {"PULUMI_HOME": str(pulumi_home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    none = subprocess.DEVNULL
    try:
        subprocess.run(command, env=environment, timeout=SECONDS, check=True, stdin=none, capture_output=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        say.step(
            f"the official command plugin could not be installed ({error}): the stand-in takes its place"
        )
        return False
    return True


def _reachable() -> bool:
    """Ask once, briefly: the engine would try five times and take ten seconds to give up."""
    try:
        with urllib.request.urlopen(SOURCE, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True  # an answer
    except OSError:
        return False
