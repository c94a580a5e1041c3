"""What a cloud tells a machine that is born from its image: cloud-init reads it in the guest.

The datasource is NoCloud, its files lie in the tree:
https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.machines import trees

FOLDER: Final = "var/lib/cloud/seed/nocloud"


@dataclass(frozen=True, kw_only=True)
class Seed:
    """An instance's metadata and user data.

    A boot with another `instance_id` than the last one is the first of a new instance to cloud-init, one
    with the same is not: then new user data is read, and what runs once per instance is not run again.
    """

    instance_id: str
    hostname: str
    public_keys: tuple[str, ...] = ()  # for root; lines of authorized_keys
    user_data: bytes = b""

    def write(self, tree: Path) -> None:
        """Put it where the guest reads it at its next boot."""
        folder = tree / FOLDER
        metadata = {
            "instance-id": self.instance_id,
            "local-hostname": self.hostname,
            "public-keys": list(self.public_keys),
        }
        trees.write(folder / "meta-data", json.dumps(metadata), 0o600)
        trees.write(folder / "user-data", self.user_data, 0o600)
        # While the id is the same, NoCloud goes by what it remembers; a cloud's datasource asks at each boot.
        (tree / f"var/lib/cloud/instances/{self.instance_id}/obj.pkl").unlink(missing_ok=True)
