"""Functions of the scripts, run by bash: what a refusal says, and records of a machine that were lost."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from components import render

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "0123456789ab"


def run(root: Path, call: str, *scripts: str, **variables: str) -> str:
    """What a script's function says, on a machine whose files are in `root`; `switch.sh` if none is named."""
    text = "\n".join(render.asset(f"scripts/{name}.sh") for name in ("common", *(scripts or ["switch"])))
    for place in ("/srv", "/var/lib/flask-deploy"):
        text = text.replace(place, f"{root}{place}")
    environment = {"PATH": "/usr/bin:/bin", "APP": "shop", "OWNER": "p/prod", "RELEASE": RELEASE}
    environment |= variables
    done = subprocess.run(
        ["bash", "-c", f"{text}\n{call}"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def served(root: Path, app: str, owner: str) -> None:
    """An app that serves."""
    for folder in (f"var/lib/flask-deploy/{app}", f"srv/{app}/releases/{RELEASE}"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/flask-deploy" / app / "owner").write_text(f"{owner}\n")
    (root / "srv" / app / "current").symlink_to(f"releases/{RELEASE}")


@pytest.mark.parametrize(
    ("apps", "before", "said"),
    [
        ({}, "'abc'", "release abc still serves"),
        ({}, "''", "nothing served before, and nothing serves now"),
        ({"books": "p/prod"}, "''", f"under its former name 'books' the app still serves: release {RELEASE}"),
        ({"books": "p/test"}, "''", "nothing served before, and nothing serves now"),
    ],
)
def test_what_still_serves(tmp_path: Path, apps: dict[str, str], before: str, said: str) -> None:
    """After a rename that failed that is the same owner's app under its old name; no other app is."""
    (tmp_path / "var/lib/flask-deploy/.machine").mkdir(parents=True)
    for app, owner in apps.items():
        served(tmp_path, app, owner)
    assert run(tmp_path, f"still {before}") == said


@pytest.mark.parametrize(
    ("call", "path", "said"),
    [
        ("mkdir(name, mode)", f"releases/{RELEASE}/app/src/instance", "persistent: [src/instance]"),
        ("os.mkdir(self, mode)", "current/app/var", "persistent: [var]"),
        ('File "<frozen os>", line 225, in makedirs', "current/app/src", "persistent: [src]"),
        ("os.mkdir(path)", "instance", "persistent: [instance]"),
        ("open(path, 'w')", f"releases/{RELEASE}/app/instance/shop.sqlite", "persistent: [instance]"),
        ("open(path, 'w')", f"releases/{RELEASE}/app/uploads/a", "persistent: [uploads]"),
        ("open(path, 'w')", f"releases/{RELEASE}/app/written", "only folders in flask-deploy:app.persistent"),
        ("open(path, 'w')", f"releases/{RELEASE}/venv/x", "only folders in flask-deploy:app.persistent"),
    ],
)
def test_a_folder_that_the_app_writes_to_is_named(tmp_path: Path, call: str, path: str, said: str) -> None:
    """As it has to be set: relative to the app's root, and a folder, not the file in it."""
    log = tmp_path / "log"
    place = path if path == "instance" else f"{tmp_path}/srv/shop/{path}"  # relative to where the app runs
    error = f"OSError: [Errno 30] Read-only file system: '{place}'"
    log.write_text(f"Traceback (most recent call last):\n    {call}\n    ^^^^^^\n{error}\n")
    assert said in run(tmp_path, f"explain_app '{log}'")


def test_lost_records_do_not_keep_a_machine_from_being_provisioned(tmp_path: Path) -> None:
    """The folder that packages are written down in is made anew, before the first of them."""
    (tmp_path / "run").touch()
    beside = ("read_payload", "lock", "require_owner", "make_user", "make_directories", "move_default_site")
    stubs = "\n".join(f"{name}() {{ :; }}" for name in (*beside, "write_file"))
    call = f'{stubs}\ninstall_packages() {{ echo x >"$machine/apt.log"; }}\nfiles={tmp_path}; main'
    said = run(tmp_path, call, "packages", "provision", PROXY="nginx")
    assert said == "provisioned: nginx for app 'shop'"
