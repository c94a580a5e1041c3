"""The stack files of a scratch copy: what is wrong in one is told, and the app is found from the checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import apps, check, migration, rehearse, stackfile
from sandbox.engine import Engine
from sandbox.project import Scratch, Stack
from sandbox.say import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "config:\n  flask-deploy:target: vm\n  flask-deploy:app:\n    name: shop\n    path: {path}\n"


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """A checkout with the sample app, and an app of somebody's own beside it."""
    for folder in ("checkout/assets/app", "shop"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "app.py").touch()
    write(tmp_path / "checkout", "assets/app")
    return tmp_path / "checkout"


def write(checkout: Path, path: str) -> None:
    """Name an app in the stack's file."""
    (checkout / "Pulumi.dev.yaml").write_text(GOOD.format(path=path))


def copied(checkout: Path) -> Stack:
    """The stack of an up-to-date copy. No engine is asked for that."""
    engine = Engine(bin=checkout / "nowhere", version="0", origin="nowhere")
    venv = checkout.parent / "venv"
    folder = checkout.parent / "sandbox"
    scratch = Scratch.create("tiny", source=checkout, folder=folder, venv=venv, engine=engine)
    return Stack(scratch=scratch, name="dev")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "config:\n  a: b: c\n",
            "Pulumi.dev.yaml, line 2: is not valid YAML: mapping values are not",
        ),
        ("config:\n\ta: b\n", "Pulumi.dev.yaml, line 2: is not valid YAML"),
        ("config:\n  a: [b\n", "Pulumi.dev.yaml, line 3: is not valid YAML"),
        ("config:\n  a: 2026-13-01\n", "Pulumi.dev.yaml: is not valid YAML: month must be in 1..12"),
        ("config:\n  a: \xff\n", "Pulumi.dev.yaml: is not valid YAML: 'utf-8' codec can't decode"),
        ("- config\n", "Pulumi.dev.yaml: should be a map"),
        ("config: vm\n", "Pulumi.dev.yaml: should be a map"),
    ],
)
def test_a_mistake_is_told_before_anything_is_copied(checkout: Path, text: str, said: str) -> None:
    """By the file that a user has to mend, and its line where that is known."""
    good = copied(checkout).file.read_bytes()
    (checkout / "new.txt").touch()
    (checkout / "Pulumi.dev.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SandboxError) as caught:
        copied(checkout)
    assert str(caught.value).startswith(f"{checkout}/{said}")
    assert "Mend it and run the command again" in str(caught.value)
    copy = checkout.parent / "sandbox" / "projects" / "tiny"
    assert (copy / "Pulumi.dev.yaml").read_bytes() == good
    assert not (copy / "new.txt").exists()


def test_to_mend_the_checkouts_file_is_enough(checkout: Path) -> None:
    """Even where the copy itself has a broken one."""
    stack = copied(checkout)
    stack.file.write_text("config: [\n")
    assert stackfile.read(copied(checkout).file)["config"]["flask-deploy:target"] == "vm"


@pytest.mark.parametrize("absolute", [False, True])
def test_an_app_beside_the_checkout_is_found_and_is_somebodys_own(checkout: Path, *, absolute: bool) -> None:
    """As the program finds it that is run in the checkout."""
    shop = checkout.parent / "shop"
    write(checkout, str(shop) if absolute else "../shop")
    stack = copied(checkout)
    path = stackfile.read(stack.file)["config"]["flask-deploy:app"]["path"]
    assert (stack.scratch.root / path).resolve() == shop
    assert not apps.is_sample(stack)


@pytest.mark.parametrize("path", ["assets/app", "./assets/app/"])
def test_the_sample_is_the_copys_own(checkout: Path, path: str) -> None:
    """A folder that the copy has is taken from there."""
    write(checkout, path)
    stack = copied(checkout)
    assert stackfile.read(stack.file)["config"]["flask-deploy:app"]["path"] == path
    assert apps.is_sample(stack)


def test_a_folder_that_is_not_there_is_named_as_the_checkout_has_it(checkout: Path) -> None:
    """The user has never heard of the copy."""
    write(checkout, "assets/ap")
    path = stackfile.read(copied(checkout).file)["config"]["flask-deploy:app"]["path"]
    assert path == str(checkout / "assets" / "ap")


def test_a_path_that_is_none_is_left_to_the_program(checkout: Path) -> None:
    """It says why: `~` is for shells only."""
    write(checkout, "~/shop")
    assert stackfile.read(copied(checkout).file)["config"]["flask-deploy:app"]["path"] == "~/shop"


def test_the_app_of_a_command_stands_in_for_the_files(checkout: Path) -> None:
    """With none of its keys; then it is somebody's own."""
    stack = copied(checkout)
    apps.configure(stack, None)
    assert apps.is_sample(stack)
    apps.configure(stack, {"name": "other"})
    assert stackfile.read(stack.file)["config"]["flask-deploy:app"] == {"name": "other"}
    assert not apps.is_sample(stack)


def test_what_is_asked_is_the_apps_own(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's records only of the sample."""
    monkeypatch.setattr(check, "bookstore", lambda *_: "sample")
    monkeypatch.setattr(check, "serves", lambda *_: "any")
    assert apps.checked(copied(checkout), "http://a", "r") == "sample"
    write(checkout, "../shop")
    assert apps.checked(copied(checkout), "http://a", "r") == "any"


def test_tables_are_made_for_the_sample_alone(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a rehearsal on App Engine; nobody else's database gets them."""
    made: list[str] = []
    monkeypatch.setattr(rehearse, "_configure_database", lambda _: "postgresql://db")
    monkeypatch.setattr(migration, "upgrade", made.append)
    write(checkout, "../shop")
    rehearse.REHEARSALS["appengine"].configure(copied(checkout))
    assert made == []
    write(checkout, "assets/app")
    rehearse.REHEARSALS["appengine"].configure(copied(checkout))
    assert made == ["postgresql://db"]
