"""What the engine knows: the stack's state, and what its clouds say to it. Changes nothing."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from components import render
from components.drift.deployed import Deployed
from components.drift.judge import Finding
from components.drift.look import UntoldError

STATE_SECONDS: Final = 120
CLOUD_SECONDS: Final = 600
URL_SECONDS: Final = 5
PLATFORM_SECONDS: Final = 30  # an app there may be asleep
_SECONDS: Final = 4  # the place of the probe's time among its arguments


def state(stack: str) -> dict[str, Any]:
    """Return the state of a stack, secrets in plain."""
    exported: dict[str, Any] = _json(["stack", "export", "--show-secrets", "--stack", stack], STATE_SECONDS)
    return exported


def cloud(stack: str) -> list[Finding]:
    """Ask the providers what is there: a refresh that is only a preview."""
    seen = _json(["refresh", "--preview-only", "--json", "--stack", stack], CLOUD_SECONDS)
    return [
        Finding(
            kind="cloud",
            subject=str(step["urn"]).rpartition("::")[2],
            what=_difference(step),
            steps=frozenset({"refresh"}),
        )
        for step in seen.get("steps", [])
        if step["op"] not in ("same", "refresh", "read")
    ]


def _difference(step: dict[str, Any]) -> str:
    if step["op"] == "delete":
        return "is gone"
    changed = sorted(step.get("detailedDiff") or step.get("diffReasons") or [])
    return f"was changed: {', '.join(changed)}" if changed else "was changed"


def url(deployed: Deployed) -> str:
    """Ask the URL as the deployment's own probe did; return what is wrong, nothing when it is right.

    A deployment that did not come to its probe has nothing to ask.
    """
    if not deployed.probe:
        return ""
    arguments = list(deployed.probe)
    seconds = URL_SECONDS if deployed.machines else PLATFORM_SECONDS
    arguments[_SECONDS] = str(seconds)
    done = subprocess.run(
        [sys.executable, "-", *arguments],
        input=render.asset("scripts/probe.py"),
        capture_output=True,
        text=True,
        timeout=seconds + 15,
        check=False,
    )
    return (done.stdout + done.stderr).strip()


def _json(arguments: Sequence[str], seconds: int) -> Any:
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise UntoldError(
            "there is no pulumi on this computer's PATH; install it "
            "(https://www.pulumi.com/docs/install/), or put the folder it is in on the PATH"
        ) from None
    except subprocess.TimeoutExpired:
        raise UntoldError(f"pulumi {arguments[0]} gave no answer within {seconds} seconds") from None
    if done.returncode != 0:
        words = done.stderr.strip()[-800:]
        raise UntoldError(f"pulumi {' '.join(arguments[:2])} failed: {words}{_remedy(words)}")
    return json.loads(done.stdout)


def _remedy(words: str) -> str:
    if "no stack named" not in words:
        return ""
    return "; 'pulumi stack ls' lists those there are, and 'pulumi whoami -v' says where they are looked for"
