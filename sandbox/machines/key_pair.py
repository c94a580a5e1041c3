"""In a cloud's image, at every boot: root's logins follow the key pair that is bound to the instance.

This file is copied into the guest and runs there, on the system's Python alone. It stands for what Alibaba
Cloud's images do: a bound key pair takes effect, in place of the one before, when the instance is restarted
(https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-attachkeypair). Debian's cloud-init
looks at the keys once per instance. Lines that others have written are left alone.
"""

import json
from pathlib import Path

ROOT = Path("/")


def main(root: Path = ROOT) -> None:
    """Take away the keys of the last boot, and add those of the metadata."""
    metadata = json.loads((root / "var/lib/cloud/seed/nocloud/meta-data").read_text())
    last = root / "var/lib/cloud/data/key-pair.json"
    former = json.loads(last.read_text()) if last.exists() else []
    wanted = metadata["public-keys"]
    folder = root / "root/.ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "authorized_keys"
    lines = file.read_text().splitlines() if file.exists() else []
    kept = [line for line in lines if line not in former and line not in wanted]
    fresh = folder / "authorized_keys.new"
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{line}\n" for line in [*kept, *wanted]))
    fresh.replace(file)
    last.parent.mkdir(parents=True, exist_ok=True)
    last.write_text(json.dumps(wanted))


if __name__ == "__main__":
    main()
