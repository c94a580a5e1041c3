"""Which apps on a machine are another stack's, as the scripts find out there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from components import render
from unit import examples

if TYPE_CHECKING:
    from pathlib import Path


def test_an_app_of_this_stack_is_no_stranger(tmp_path: Path) -> None:
    """However the names are sorted: `shop-2` comes behind `shop`, but `shop-2/owner` before `shop/owner`."""
    owners = {"books": "mine", "shop": "mine", "shop-2": "theirs", "zoo": "theirs"}
    examples.write(tmp_path, {f"{app}/owner": f"{owner}\n" for app, owner in owners.items()})
    parts = (render.asset(f"scripts/{name}.sh") for name in ("common", "claim"))
    text = "\n".join([*parts, "others; echo; namesakes; echo; strangers"])
    text = text.replace("/var/lib/flask-deploy", str(tmp_path))
    environment = {"PATH": "/usr/bin:/bin", "APP": "books", "OWNER": "mine", "PROXY": "nginx"}

    done = subprocess.run(["bash"], input=text, env=environment, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert [part.split() for part in done.stdout.split("\n\n")] == [
        ["shop", "shop-2", "zoo"],
        ["shop"],
        ["shop-2", "zoo"],
    ]
