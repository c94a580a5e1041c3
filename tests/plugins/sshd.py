"""A real OpenSSH server on this computer, with keys and a configuration of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# Found by its full path, which sshd wants; the package is openssh-server.
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@dataclass
class Sshd:
    """A running server. `log` is its own account of what clients did."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "log").read_text()

    @property
    def key(self) -> str:
        """The private key that may log in."""
        return (self.folder / "user").read_text()

    def host_key(self, kind: str = "ed25519") -> str:
        """The public host key of a kind, as a connection's `hostKey`."""
        return (self.folder / f"host_{kind}.pub").read_text().strip()

    def connection(self, **more: object) -> dict[str, object]:
        """A connection that works; what is None in `more` is left out."""
        given: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "root",
            "privateKey": self.key,
            "dialErrorLimit": 0,
            "perDialTimeout": 5,
        }
        return {k: v for k, v in (given | more).items() if v is not None}

    def stop(self) -> None:
        """End the server that this object started."""
        self.process.terminate()
        self.process.wait()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """Make a key pair; the private key's text."""
    path.unlink(missing_ok=True)
    size = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-f", str(path)], check=True)
    return path.read_text()


def start(folder: Path, *settings: str) -> Sshd:
    """Start a server with these settings in the place of its defaults of the same names."""
    if SSHD is None:
        raise RuntimeError("these tests need the package openssh-server")
    folder.mkdir(parents=True, exist_ok=True)
    make_key(folder / "user")
    kinds = ("ed25519", "rsa", "ecdsa")
    for kind in kinds:
        make_key(folder / f"host_{kind}", kind)
    port = free_port()
    defaults = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        *(f"HostKey {folder}/host_{kind}" for kind in kinds),
        f"AuthorizedKeysFile {folder}/user.pub",
        "StrictModes no",
        "PermitRootLogin yes",
        "UsePAM no",
        f"PidFile {folder}/pid",
        "LogLevel VERBOSE",
        "AcceptEnv ALLOWED",
        "MaxStartups 100",
        "Subsystem sftp internal-sftp",
    ]
    named = {line.split()[0] for line in settings}
    config = [*settings, *(line for line in defaults if line.split()[0] not in named)]
    (folder / "config").write_text("\n".join(config) + "\n")
    # Its place for unprivileged children, which a service would make.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-f", str(folder / "config"), "-E", str(folder / "log")])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Sshd(folder, port, process)
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"sshd does not listen: {(folder / 'log').read_text()}")
