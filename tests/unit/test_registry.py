"""The targets by name: the chosen one is loaded, no other, and what is missing is told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from components import registry
from components.errors import ConfigError
from components.registry import Entry
from components.settings import Section

ROOT: Final = Path(__file__).parent.parent.parent
# Whatever the engine would look for a plugin for: `pulumi_alicloud`, `pulumiverse_heroku`; and a cloud's own.
SDK: Final = re.compile(r"pulumi(verse)?[_-][a-z]+|boto3")
# The probe is a command on every target.
EVERYONE_S: Final = "pulumi_command"
LIST: Final = "one of vm, ecs, heroku, beanstalk, appengine"


def faults(name: object) -> tuple[str, ...]:
    """What is said about a target's name; something has to be."""
    with pytest.raises(ConfigError) as caught:
        registry.entry(name)
    return caught.value.faults


@pytest.mark.parametrize("name", registry.TARGETS)
def test_each_target_can_be_loaded(name: str) -> None:
    """It has a section of its own and a function that deploys."""
    module = registry.entry(name).load()
    assert module.__name__ == f"components.targets.{name}"  # type: ignore[attr-defined]
    assert issubclass(module.Section, Section)
    assert callable(module.deploy)


@pytest.mark.parametrize("name", registry.TARGETS)
def test_a_target_has_one_name_everywhere(name: str) -> None:
    """Module, section, requirements, stack file, documentation of its keys, test, type check."""
    assert registry.TARGETS[name].section == registry.TARGETS[name].name == name
    assert name in registry.SECTIONS
    for path in (f"requirements/{name}.txt", f"Pulumi.{name}.yaml", f"tests/unit/targets/test_{name}.py"):
        assert (ROOT / path).exists()
    assert f"  flask-deploy:{name}:\n" in (ROOT / "Pulumi.yaml").read_text()
    checked = re.search(
        r"^TARGETS.* = \((.+)\)$", (ROOT / "tests/typing/targets.py").read_text(), re.MULTILINE
    )
    assert checked
    assert name in checked[1].split(", ")


def test_there_is_no_target_that_nobody_can_choose() -> None:
    """Each module of components/targets is in the registry."""
    modules = {path.stem for path in (ROOT / "components/targets").glob("*.py")} - {"__init__"}
    assert modules == set(registry.TARGETS)


@pytest.mark.parametrize("name", registry.TARGETS)
def test_only_the_chosen_target_s_sdk_is_loaded(name: str) -> None:
    """A stack's environment has no other; and the registry itself needs none."""
    program = (
        "import json, re, sys\n"
        f"loaded = lambda: [name for name in sys.modules if re.fullmatch({SDK.pattern!r}, name)]\n"
        "from components import registry, settings\n"
        "before = loaded()\n"
        f"registry.entry({name!r}).load()\n"
        "print(json.dumps([before, loaded()]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, after = json.loads(done.stdout)
    assert before == []
    assert set(after) == {*registry.TARGETS[name].sdks, EVERYONE_S}


def installed(requirements: str) -> set[str]:
    """The packages with a plugin that a file of requirements names, as modules."""
    text = (ROOT / "requirements" / f"{requirements}.txt").read_text()
    names = (found[0] for line in text.splitlines() if (found := re.match(r"[a-z0-9-]+", line)))
    return {name.replace("-", "_") for name in names if SDK.fullmatch(name)}


@pytest.mark.parametrize("name", registry.TARGETS)
def test_only_the_chosen_target_s_sdk_is_installed(name: str) -> None:
    """The engine downloads a plugin for each package that is there, used or not."""
    assert installed(name) == {*registry.TARGETS[name].sdks, EVERYONE_S}


def test_the_shared_requirements_are_of_no_cloud() -> None:
    """They are installed for every target."""
    assert installed("base") == {EVERYONE_S}


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> Entry:
    """A target whose module has this line."""
    (tmp_path / "some_target.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "some_target", raising=False)
    return Entry(name="azure", module="some_target", sdks=("absent_sdk", "absent_other"), section="azure")


@pytest.mark.parametrize(
    "line", ["import absent_sdk", "from absent_sdk.compute import Instance", "import absent_other"]
)
def test_a_missing_sdk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """With the command that installs it."""
    with pytest.raises(ConfigError) as caught:
        fake(tmp_path, monkeypatch, line).load()
    missing = line.split()[1].partition(".")[0]
    told = f"target: 'azure' needs {missing}, which is not installed; run: make setup STACK=azure"
    assert caught.value.faults == (told,)


@pytest.mark.parametrize("line", ["import components.gone", "import absent_sdk_of_another"])
def test_what_else_is_missing_is_our_own_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """A slip of ours must not be called a missing SDK."""
    with pytest.raises(ModuleNotFoundError):
        fake(tmp_path, monkeypatch, line).load()


@pytest.mark.covers(1)
@pytest.mark.parametrize("name", ["", None])
def test_a_target_has_to_be_chosen(name: object) -> None:
    """The list stands in the fault."""
    assert faults(name) == (f"target: is required, {LIST}; for example: pulumi config set target vm",)


@pytest.mark.covers(1)
@pytest.mark.parametrize("name", ["azure", "VM ", "vm\n", 3, ["vm"], "x" * 99])
def test_an_unknown_target_gets_the_list(name: object) -> None:
    """On one line, whatever was typed."""
    (told,) = faults(name)
    assert f"target: {str(name)[:40]!r} is unknown, it should be {LIST}; " in told
    assert "\n" not in told


@pytest.mark.covers(1)
def test_an_unknown_target_gets_the_nearest() -> None:
    """Where one is near."""
    assert faults("heroky") == (f"target: 'heroky' is unknown, it should be {LIST}; did you mean 'heroku'?",)
