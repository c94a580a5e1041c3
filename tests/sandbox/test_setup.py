"""Set-up: virtual environments, requirements, the commands of the Makefile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox import say, venvs
from sandbox.paths import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what set-up reads, and requirements that need no index."""
    folder = tmp_path / "check out"
    shutil.copytree(ROOT / "sandbox", folder / "sandbox")
    (folder / "requirements").mkdir()
    for name in ("base", "dev", "heroku", "sandbox", "vm"):
        (folder / "requirements" / f"{name}.txt").write_text(f"# nothing for {name}\n")
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def call(checkout: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command there, with more in its environment."""
    return subprocess.run(
        command,
        cwd=checkout,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    """Made, left alone, made anew when its requirements change or its making was cut short."""
    requirements = tmp_path / "some.txt"
    requirements.write_text("# one\n")
    folder = tmp_path / "venv"
    inode = venvs.ensure(folder, requirements).stat().st_ino
    (folder / "mark").touch()
    assert venvs.ensure(folder, requirements).stat().st_ino == inode
    assert (folder / "mark").exists()
    (folder / venvs.STAMP).write_text(venvs.UNFINISHED)
    venvs.ensure(folder, requirements)
    assert not (folder / "mark").exists()
    (folder / "mark").touch()
    requirements.write_text("# two\n")
    venvs.ensure(folder, requirements)
    assert not (folder / "mark").exists()


def test_an_environment_of_the_users_is_not_touched(tmp_path: Path) -> None:
    """A folder that we did not make is never replaced."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "some.txt").write_text("")
    with pytest.raises(say.SandboxError, match="was not made by this project"):
        venvs.ensure(tmp_path / ".venv", tmp_path / "some.txt")
    assert list((tmp_path / ".venv").iterdir()) == []


def test_a_failed_installation_explains_itself(tmp_path: Path) -> None:
    """What pip said is in the message, and the environment does not count as made."""
    (tmp_path / "some.txt").write_text("--no-index\nnowhere==1 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(say.SandboxError, match=r"installing some.txt failed:\n.*nowhere==1"):
        venvs.ensure(tmp_path / "venv", tmp_path / "some.txt")
    assert not venvs._is_made_from(tmp_path / "some.txt", tmp_path / "venv")


def test_make_setup(checkout: Path) -> None:
    """`.venv` from the developers' requirements, from a target's, and again at no cost."""
    for env, name in (({}, "dev"), ({"STACK": "heroku"}, "heroku"), ({"STACK": "local"}, "vm")):
        result = call(checkout, "make", "setup", **env)
        assert result.returncode == 0, result.stderr
        assert f"installing {name}.txt" in result.stdout
        assert call(checkout, "make", "setup", **env).stdout == ""


@pytest.mark.parametrize("stack", ["nowhere", "dev.txt", "../dev", "$(touch owned)", "a b; exit"])
def test_make_setup_of_an_unknown_target(checkout: Path, stack: str) -> None:
    """The valid ones are listed, and no shell reads the name."""
    result = call(checkout, "make", "setup", STACK=stack)
    assert result.returncode != 0
    assert f"there is no target '{stack}'; STACK is one of: heroku vm local" in result.stderr
    assert not (checkout / ".venv").exists()
    assert not (checkout / "owned").exists()


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ("heroku", "there is no .venv; run: make setup STACK=heroku"),
        ("", "STACK is not set; say which stack, for example: make drift STACK=vm"),
        ("prod", "'prod' is no target; run make setup STACK=… with the stack's target, one of: heroku vm"),
        ("$(touch owned)", "'$(touch owned)' is no target"),
    ],
)
def test_drift_before_set_up(checkout: Path, stack: str, said: str) -> None:
    """The set-up of the stack that was named is advised, and no shell reads the name."""
    result = call(checkout, "make", "drift", STACK=stack)
    assert result.returncode != 0
    assert said in result.stderr
    assert not (checkout / "owned").exists()


def test_an_old_python_is_said(checkout: Path, tmp_path: Path) -> None:
    """Without Python 3.11 or later set-up ends with what to install."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "id", "mkdir", "chown"):
        (tools / name).symlink_to(shutil.which(name) or "")
    for name in ("python3", "python3.11"):
        (tools / name).write_text("#!/bin/bash\nexit 1\n")
        (tools / name).chmod(0o755)
    result = call(checkout, "sandbox/setup.sh", "dev", PATH=str(tools))
    assert result.returncode == 1
    assert "Python 3.11 or later is needed" in result.stderr


def test_clean_leaves_what_make_setup_made(checkout: Path) -> None:
    """`.venv` is the user's own; what running the sandbox has left among the sources goes."""
    for folder in ("sandbox/engine/__pycache__", ".venv/lib/__pycache__", ".sandbox/x", ".mypy_cache"):
        (checkout / folder).mkdir(parents=True, exist_ok=True)
    result = call(checkout, "make", "clean")
    assert result.returncode == 0, result.stderr
    left = {str(path.relative_to(checkout)) for path in checkout.rglob("__pycache__")}
    assert left == {".venv/lib/__pycache__"}
    assert not (checkout / ".sandbox").exists()
    assert not (checkout / ".mypy_cache").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_without_root(checkout: Path, tmp_path: Path) -> None:
    """What needs root says so, and what does not."""
    for folder in (checkout, tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--regid=65534"]
    checkout.chmod(0o777)
    result = call(checkout, *nobody, "make", "demo")
    assert result.returncode != 0
    assert "run this as root" in result.stderr
    assert "make test-unit" in result.stderr


def names_of(dependencies: list[str], extras: dict[str, list[str]]) -> list[Requirement]:
    """The packages that these dependencies name, our own extras resolved."""
    found = []
    for text in dependencies:
        requirement = Requirement(text)
        if requirement.name == "flask-deploy":  # an extra that includes another
            for extra in requirement.extras:
                found += names_of(extras[extra], extras)
        else:
            found.append(requirement)
    return found


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


@pytest.mark.parametrize("name", ["base", *EXTRAS])
def test_requirements_are_current(name: str) -> None:
    """Every dependency that pyproject names is pinned to a version that it allows, with hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pins = {canonicalize_name(package): version for package, version in PIN.findall(text)}
    wanted = names_of([*PROJECT["dependencies"], *EXTRAS.get(name, [])], EXTRAS)
    for requirement in wanted:
        assert canonicalize_name(requirement.name) in pins, f"{requirement}: run make requirements"
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert str(Path.home()) not in text


def test_no_requirements_without_an_extra() -> None:
    """A file that nothing compiles any more would go stale unseen."""
    files = {path.stem for path in (ROOT / "requirements").glob("*.txt")}
    assert files == {"base", *EXTRAS}


def test_the_root_requirements_are_those_of_a_machine() -> None:
    """`pulumi install` reads only requirements.txt; pip checks hashes through the include."""
    (line,) = [
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert line == "-r requirements/vm.txt"


def test_every_command_has_a_word_of_help() -> None:
    """`make help` lists every command of the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = call(ROOT, "make", "help").stdout
    assert targets == [line.split()[0] for line in listed.splitlines()]


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_ci(tmp_path: Path, ci: str, code: int) -> None:
    """Skips and expected failures are listed everywhere, and fail the run in CI."""
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_good(): pass\n"
        "@pytest.mark.skip\ndef test_skipped(): pass\n"
        "@pytest.mark.xfail\ndef test_expected(): assert False\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no_skips", "-c", "/dev/null", "."]
    result = call(tmp_path, *command, CI=ci, PYTHONPATH=str(ROOT / "tests"))
    assert result.returncode == code
    assert "2 not tested" in result.stdout
    assert "test_it.py::test_skipped" in result.stdout
