"""Where machines keep their things, and what they are called on this computer."""

import hashlib
from pathlib import Path
from typing import Final

from sandbox import paths as sandbox_paths

CHECKOUT: Final = sandbox_paths.ROOT
MACHINES: Final = sandbox_paths.SANDBOX / "machines"
TREES: Final = sandbox_paths.cache() / "machines"
RUN: Final = Path("/run/flask-deploy")  # emptied when the computer restarts, as processes are


def digest(checkout: Path) -> str:
    """Eight hex digits that tell one checkout's bridge, rules and processes from another's."""
    return hashlib.sha256(str(checkout).encode()).hexdigest()[:8]


THIS: Final = digest(CHECKOUT)


def owner(tree: Path) -> str:
    """The digest of the checkout that the machine with this tree belongs to."""
    return digest(tree.parents[3])


def host_name(name: str, of: str = THIS) -> str:
    """The name of a machine outside of it: unit, cgroup and `systemd-nspawn --machine`."""
    return f"fd-{of}-{name}"


def record(name: str, of: str = THIS) -> Path:
    """The file in which a machine's supervisor says which process it is."""
    return RUN / of / f"{name}.json"
