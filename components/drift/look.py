"""What is on a machine now: a script that changes nothing, over one SSH connection."""

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components import render
from components.drift import expected
from components.drift.deployed import Machine

LOOK_SECONDS: Final = 120  # for the script; a large virtual environment takes some
CONNECT_SECONDS: Final = 15
SCRIPTS: Final = ("units", "listing", "drift")
_ALIAS: Final = "machine"  # the name in known_hosts, whatever the address


class UntoldError(Exception):
    """It can't be told whether there is drift; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the script has printed: rows of text by the fact's name."""

    rows: Mapping[str, tuple[tuple[str, ...], ...]]

    def all(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the fields of each fact of that name."""
        return self.rows.get(name, ())

    def one(self, name: str) -> str:
        """Return the first field of the one fact of that name; empty without it."""
        return next((row[0] for row in self.all(name) if row), "")


def ask(machine: Machine) -> Facts:
    """Run the script there. UntoldError says why the machine can't be asked, or what it answered instead."""
    door = machine.door
    if not door.host_key:
        raise UntoldError("the stack has no host key of it, so nothing is asked; run 'pulumi up' first")
    with _identity(machine) as folder:
        command = _ssh(machine, Path(folder))
        try:
            done = subprocess.run(
                command,
                input=_input(machine).encode(),
                capture_output=True,
                timeout=LOOK_SECONDS + CONNECT_SECONDS + 15,
                check=False,
            )
        except FileNotFoundError:
            raise UntoldError("there is no ssh on this computer; install openssh-client") from None
        except subprocess.TimeoutExpired as late:
            raise UntoldError(
                f"{door.user}@{door.host} gave no answer within {late.timeout:.0f} seconds"
            ) from None
    said = done.stdout.decode(errors="replace")
    facts = parse(said)
    if facts is None:
        words = _why(done.stderr.decode(errors="replace").strip() or said.strip())
        raise UntoldError(f"{door.user}@{door.host} port {door.port}: {words}")
    return facts


def _why(words: str) -> str:
    """Say why there was no answer, in ssh's words but where these are about our own file of host keys."""
    if "Host key verification failed" in words:
        return (
            "it shows another host key than the deployed one, so nothing was asked; if the machine was made "
            "anew, set its new host key and run 'pulumi up'; if it was not, somebody may be in between"
        )
    return words[-500:] or "no answer"


def parse(said: str) -> Facts | None:
    """Return the facts of the script's output; None when it did not come to its end.

    What stands before is what the login shell's own files have printed.
    """
    found = re.search(r"^begin\t.*\n((?:.*\n)*)end$", said, re.MULTILINE)
    if not found:
        return None
    rows: dict[str, list[tuple[str, ...]]] = {}
    for line in found[1].split("\n"):
        name, *fields = line.split("\t")
        rows.setdefault(name, []).append(tuple(fields))
    return Facts(rows={name: tuple(each) for name, each in rows.items()})


def _input(machine: Machine) -> str:
    """Return the script with what it needs behind it."""
    files = {
        "paths": "".join(f"{path}\n" for path in expected.things(machine)),
        "units": "".join(f"{unit}\n" for unit in expected.units(machine)),
        "probe.py": render.asset("scripts/probe.py"),
    }
    payload = "".join(f"@@ {name} 0644\n{text}" for name, text in files.items())
    return render.script(*SCRIPTS) + payload


def _ssh(machine: Machine, folder: Path) -> list[str]:
    """Return the command line that runs the script, which comes by standard input."""
    door = machine.door
    options = {
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": folder / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlias": _ALIAS,
        "BatchMode": "yes",
        "ConnectTimeout": CONNECT_SECONDS,
        "ServerAliveInterval": 5,
        "LogLevel": "ERROR",
    }
    if door.private_key:
        options |= {"IdentityFile": folder / "key", "IdentitiesOnly": "yes"}
    variables = [f"{name}={value}" for name, value in machine.variables.items()]
    words = ["env", *variables, "timeout", "-k", "5", str(LOOK_SECONDS), "bash", "-s"]
    if door.user != "root":
        words = ["sudo", "-n", *words]
    # The user's own settings for ssh are left out, since the deployment does without them, too.
    return [
        *("ssh", "-F", "/dev/null", "-T", "-p", str(door.port), "-l", door.user),
        *(f"-o{name}={value}" for name, value in options.items()),
        *("--", door.host, shlex.join(words)),
    ]


def _identity(machine: Machine) -> AbstractContextManager[str]:
    """Return a folder that only we can read, gone at the end of the block, with host key and private key.

    In memory, where the system has such a place for the user.
    """
    folder = tempfile.TemporaryDirectory(prefix="flask-deploy-", dir=os.environ.get("XDG_RUNTIME_DIR"))
    Path(folder.name, "known_hosts").write_text(f"{_ALIAS} {machine.door.host_key}\n")
    key = Path(folder.name, "key")
    key.touch(mode=0o600)
    key.write_text(machine.door.private_key)
    return folder
