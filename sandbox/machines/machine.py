"""One sandbox machine as a value, and the questions that tests ask it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.machines import guest, paths
from sandbox.machines.errors import MachineError
from sandbox.machines.firewall import Rules
from sandbox.machines.processes import Supervisor
from sandbox.machines.registry import Network
from sandbox.machines.run import run


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A Debian machine on this computer: its address and all that SSH needs."""

    name: str
    suite: str
    address: str
    host_key: str  # "ssh-ed25519 AAAA…", made with the machine, not asked from it; "" of a cloud's instance
    private_key: Path  # accepted for `user` and for root; there is none for a cloud's instance
    root: Path  # the machine's file system
    user: str = guest.USER  # sudo without a password

    def ssh(
        self, command: str, *, user: str = "root", check: bool = True, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` in the login shell of `user`, over SSH, with the host key pinned.

        An instance of a cloud takes no login of the sandbox's: there it runs as on the cloud's console.

        Raises:
            MachineError: `check` is set and the command failed; holds what it printed.
        """
        done = subprocess.run(
            self.login(user, command),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise MachineError(f"{self.name}: `{command}` ended with {done.returncode}: {said}")
        return done

    def feed(self, content: bytes, command: str) -> None:
        """Run `command` as root with these bytes in its input.

        Raises:
            MachineError: the command failed; holds what it printed.
        """
        done = subprocess.run(self.login(command=command), input=content, capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")[-2000:]
            raise MachineError(f"{self.name} does not take files: {said}")

    def login(self, user: str = "root", command: str = "") -> list[str]:
        """The command of this computer that runs one there, or gives a shell."""
        if self.host_key:
            return [*self.ssh_command(user), *([command] if command else [])]
        found = self._leader()
        if found is None:
            raise MachineError(f"machine {self.name} is not running")
        return [
            *("nsenter", f"--target={found}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"),
            *("su", "--login", user, *(["--command", command] if command else [])),
        ]

    def ssh_command(self, user: str = "root") -> list[str]:
        """The ssh of this computer with every option that reaching this machine takes."""
        options = {
            "IdentityFile": self.private_key,
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.private_key.parent / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": self.name,
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "ServerAliveInterval": "5",  # a machine whose power was cut is given up after 15 s
            "LogLevel": "ERROR",
        }
        return [
            *("ssh", "-F", "/dev/null"),
            *(f"-o{name}={value}" for name, value in options.items()),
            f"{user}@{self.address}",
        ]

    def journal_accepted(self) -> int:
        """How many logins over SSH this machine's journal has counted, over all its boots."""
        if leader := self._leader():
            # journald may still hold the last lines
            run("nsenter", f"--target={leader}", "--mount", "--pid", "journalctl", "--sync")
        # sshd-session: the name since OpenSSH 9.8
        lines = run(
            *("chroot", str(self.root), "journalctl", "--quiet", "--no-pager", "--output=cat"),
            *("--directory=/var/log/journal", "SYSLOG_IDENTIFIER=sshd"),
            *("+", "SYSLOG_IDENTIFIER=sshd-session"),
        )
        return sum(line.startswith("Accepted ") for line in lines.splitlines())

    def _leader(self) -> int | None:
        supervisor = Supervisor.read(paths.record(self.name, paths.owner(self.root)))
        return supervisor.leader() if supervisor is not None else None


@dataclass(frozen=True, kw_only=True)
class Made:
    """What is on disk of a machine, whether or not it is switched on."""

    name: str
    suite: str
    index: int  # the last number of its address
    subnet: str  # that it had last
    host_key: str  # "" where cloud-init makes it
    seeded: bool = False  # an instance of a cloud: no login of the sandbox's
    rules: Rules | None = None  # None: no firewall
    elastic: int | None = None  # number of an address beside its own

    @property
    def address(self) -> str:
        """The address that it had last, and has while it is on."""
        return f"{self.subnet}.{self.index}"

    @property
    def folder(self) -> Path:
        """Where the machine's files are."""
        return paths.MACHINES / self.name

    def machine(self, network: Network) -> Machine:
        """The value that callers get."""
        return Machine(
            name=self.name,
            suite=self.suite,
            address=network.address(self.index),
            host_key=self.host_key,
            private_key=self.folder / "id_ed25519",
            root=self.folder / "tree",
        )

    def save(self, folder: Path) -> None:
        """Write the machine's description into `folder`."""
        value = {
            "suite": self.suite,
            "index": self.index,
            "subnet": self.subnet,
            "host_key": self.host_key,
            "seeded": self.seeded,
            "rules": self.rules and self.rules.plain(),
            "elastic": self.elastic,
        }
        fresh = folder / "machine.json.new"
        fresh.write_text(json.dumps(value))
        fresh.rename(folder / "machine.json")


def read_made(name: str) -> Made | None:
    """The machine `name` of this checkout, or None when it was not made."""
    try:
        value = json.loads((paths.MACHINES / name / "machine.json").read_text())
    except FileNotFoundError:
        return None
    rules = value.pop("rules", None)
    return Made(name=name, rules=Rules.read(rules) if rules else None, **value)


def all_made() -> list[Made]:
    """Every machine of this checkout, by name."""
    names = sorted(path.parent.name for path in paths.MACHINES.glob("[a-z]*/machine.json"))
    return [made for name in names if (made := read_made(name))]
