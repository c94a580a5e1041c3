"""What a platform's Python needs beside the app's own requirements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from components import render, requirements
from components.errors import ConfigError
from components.machine import web_stacks
from components.platforms import servers

if TYPE_CHECKING:
    from pathlib import Path

HASH: Final = "--hash=sha256:" + "a" * 64
GUNICORN: Final = render.asset("servers/gunicorn.txt")
WHITENOISE: Final = render.asset("servers/whitenoise.txt")


def made(root: Path, text: str, *, static: bool = True, **more: str) -> dict[str, str]:
    """The files for an app with these requirements."""
    for name, content in {
        "requirements.txt": text,
        **{f"{key}.txt": value for key, value in more.items()},
    }.items():
        (root / name).write_text(content)
    found = servers.requirements(requirements.read(root), static=static)
    return {name: content.decode() for name, content in found.items()}


def pins(text: str) -> list[str]:
    """The requirements in a text, without their hashes."""
    return [line.removesuffix(" \\") for line in text.splitlines() if re.match(r"[a-zA-Z]", line)]


def version(lock: str) -> str:
    """What a lock pins."""
    return pins(lock)[0]


def test_what_an_app_lacks_is_added(tmp_path: Path) -> None:
    """Pinned behind its own; without hashes if the app's have none, since pip takes all or none."""
    (text,) = made(tmp_path, "flask==3.1.0\n").values()
    assert text == f"flask==3.1.0\n{version(GUNICORN)}\n{version(WHITENOISE)}\n"


def test_what_is_added_has_hashes_if_the_app_s_have(tmp_path: Path) -> None:
    """As our own locks have them."""
    (text,) = made(tmp_path, f"flask==3.1.0 {HASH}\n").values()
    assert text == f"flask==3.1.0 \\\n    {HASH}\n{GUNICORN}{WHITENOISE}"


def test_without_static_folders_nothing_serves_them(tmp_path: Path) -> None:
    """Fewer packages, fewer faults."""
    (text,) = made(tmp_path, "flask==3.1.0\n", static=False).values()
    assert pins(text) == ["flask==3.1.0", version(GUNICORN)]


@pytest.mark.parametrize(
    "own",
    [
        "gunicorn==25.0.0",
        "gunicorn>=23",
        "Gunicorn[gthread]==25.0.0",
        "gunicorn ; python_version > '3'",
        "gunicorn",
    ],
)
def test_an_app_s_own_server_counts(tmp_path: Path, own: str) -> None:
    """Of two requirements of one package pip refuses both."""
    (text,) = made(tmp_path, f"flask==3.1.0\n{own}\n", static=False).values()
    assert text == f"flask==3.1.0\n{own}\n"


@pytest.mark.parametrize("own", ["whitenoise==6.9.0", "WhiteNoise[brotli]>=6", "White_Noise==6.9.0"])
def test_an_app_s_own_whitenoise_counts(tmp_path: Path, own: str) -> None:
    """However it is written: names are equal by PEP 503 if they differ in case and '-_.' only."""
    (text,) = made(tmp_path, f"flask==3.1.0\n{own}\n").values()
    added = [version(GUNICORN)] if "_" not in own else [version(GUNICORN), version(WHITENOISE)]
    assert pins(text) == ["flask==3.1.0", own, *added]


def test_another_package_of_that_beginning_is_another(tmp_path: Path) -> None:
    """Nor is one that is only commented out, or constrained."""
    text = "flask==3.1.0\ngunicorn-extras==1.0\n# gunicorn==25.0.0\n-c limits.txt\n"
    found = made(tmp_path, text, static=False, limits="gunicorn<99\n")["requirements.txt"]
    assert version(GUNICORN) in pins(found)


def test_constraints_are_a_file_beside_it(tmp_path: Path) -> None:
    """Named on the first line; pip reads no other."""
    found = made(tmp_path, "-c limits.txt\nflask\n", limits="werkzeug==3.1.3\n")
    assert set(found) == {"requirements.txt", "flask_deploy_constraints.txt"}
    assert found["flask_deploy_constraints.txt"] == "werkzeug==3.1.3\n"
    assert found["requirements.txt"].startswith("-c flask_deploy_constraints.txt\nflask\n")


def test_without_constraints_there_is_no_such_file(tmp_path: Path) -> None:
    """And no line that names one."""
    assert set(made(tmp_path, "flask==3.1.0\n")) == {"requirements.txt"}


@pytest.mark.parametrize(
    "own",
    [
        "gunicorn==19.0.0",
        "Gunicorn == 21.2.0",
        "gunicorn===20.1.0",
        "gunicorn[gevent]==21.2.0",
        "gunicorn==22",
    ],
)
def test_a_server_that_must_not_face_the_internet_is_refused(tmp_path: Path, own: str) -> None:
    """Below the floor that holds on machines too."""
    with pytest.raises(ConfigError) as caught:
        made(tmp_path, f"flask==3.1.0\n{own}\n")
    (told,) = caught.value.faults
    pinned = re.search(r"[0-9.]+$", own)
    assert pinned
    assert told == (
        f"requirements: gunicorn {pinned[0]} has known security holes; "
        f"require gunicorn>={web_stacks.GUNICORN.floor}, or leave it out: the deployment brings its own"
    )


@pytest.mark.parametrize(
    "own", ["gunicorn==23", "gunicorn==23.0", "gunicorn==100.0.0", "gunicorn==23.0.0.post1"]
)
def test_a_server_from_the_floor_on_is_taken(tmp_path: Path, own: str) -> None:
    """By its numbers, not by its letters."""
    assert own in made(tmp_path, f"flask==3.1.0\n{own}\n")["requirements.txt"]


def test_the_locks_are_hashed_and_of_one_package(tmp_path: Path) -> None:
    """So that `--require-hashes` is satisfied with what is added: neither needs another package."""
    for lock in (GUNICORN, WHITENOISE):
        assert len(pins(lock)) == 1
        assert "--hash=sha256:" in lock
    (tmp_path / "requirements.txt").write_text(made(tmp_path, f"flask==3.1.0 {HASH}\n")["requirements.txt"])
    assert requirements.read(tmp_path).hashed
