"""The program itself: a configuration becomes a deployment, or one error and nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest

from components import settings
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = Path(__file__).parent.parent.parent / "__main__.py"
pytestmark = pytest.mark.usefixtures("project")


def deploy(
    config: Mapping[str, Any], *, secret: tuple[str, ...] = ("secrets",), preview: bool = False
) -> recorder.Recording:
    """What the program does with a configuration."""
    return recorder.run(
        lambda: runpy.run_path(str(PROGRAM), run_name="__main__"),
        config=config,
        secret=secret,
        preview=preview,
    )


@pytest.mark.parametrize("preview", [True, False])
def test_a_configuration_becomes_a_deployment(preview: bool) -> None:  # noqa: FBT001
    """Its outputs say where the app answers, and which release it is."""
    done = deploy(examples.FULL, preview=preview)
    assert done.error is None
    assert set(done.outputs) == {"url", "release", "target", "webStack"}
    assert done.outputs["target"] == "vm"
    assert f"RELEASE={done.outputs['release']} " in done["machine-release"].inputs["create"]


def test_what_is_deployed_is_told() -> None:
    """Entry, requirements, files: what a user wants to see once."""
    said = [text for severity, text in deploy(examples.MINIMAL).said if severity == "info"]
    assert "app: run:application (from app/wsgi)" in said
    assert any(text.startswith("files: 3, ") for text in said)


def test_a_second_run_is_the_same() -> None:
    """Every input of every resource."""
    first, second = (
        {(r.name, key): str(value) for r in deploy(examples.FULL).resources for key, value in r.inputs.items()
         if key != "source"}
        for _ in range(2)
    )  # fmt: skip
    assert first == second


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"target": "azure"}, "target: 'azure' is unknown"),
        ({"app": {"name": "X"}, "vm": {"port": 0}}, "vm/port: should be greater"),
        ({"app": {"path": "gone"}}, "app/path: "),
        ({"app": {"wsgi": "gone:app"}}, "app/wsgi: gone:app: "),
        ({"vm": {"privateKeyFile": "gone"}}, "vm/privateKeyFile: gone can't be read"),
        ({"zzz": "1"}, "zzz: is not a key here"),
        ({"flask-deployy:app": "1"}, "flask-deployy:app: is nobody's key"),
    ],
    ids=str,
)
def test_a_fault_ends_the_program_before_anything_is_registered(changes: dict[str, Any], told: str) -> None:
    """RunError: Pulumi shows its text alone, without a traceback."""
    done = deploy(examples.changed(examples.MINIMAL, changes))
    assert isinstance(done.error, pulumi.RunError)
    text = str(done.error)
    assert text.startswith("the configuration of stack 'dev':\n")
    assert any(line.startswith(told) for line in text.splitlines())
    assert (done.resources, done.outputs) == ([], {})
    assert done.error.__cause__ is None
    assert done.error.__suppress_context__


def test_nothing_of_another_project_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`aws:region` in the same stack file belongs to its provider."""
    monkeypatch.setenv("PULUMI_CONFIG", '{"aws:region": "eu-central-1", "flask-deploy-x:target": "zzz"}')
    read: list[dict[str, Any]] = []
    recorder.run(lambda: read.append(settings.values()), config={"target": "vm", "app": {"a": [1, True]}})
    assert read == [{"target": "vm", "app": {"a": [1, True]}}]
