"""The command: options as arguments or variables, three exit codes, and a pulumi that may be anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from components.drift import __main__ as command
from components.drift import engine, look
from components.drift.look import UntoldError
from unit import examples
from unit.alibaba.looked_up import cloud
from unit.drift import states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from components.drift.deployed import Deployed
    from unit.conftest import Deploy


@pytest.fixture(name="run")
def _run(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, Any, str]]:
    """Run the command on a stack; exit code, the JSON, and what else was said."""
    exports = {
        name: states.state(deploy(config, engine=cloud()))
        for name, config in {"vm": examples.FULL, "ecs": examples.ECS}.items()
    }
    for variable in ("STACK", "FORMAT", "PORTS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(engine, "url", lambda _: "")
    monkeypatch.setattr(engine, "cloud", lambda _: [])
    monkeypatch.setattr(look, "ask", states.facts)

    def run(*arguments: str, stack: str = "vm", state: Any = None) -> tuple[int, Any, str]:
        monkeypatch.setattr(engine, "state", lambda _: exports[stack] if state is None else state)
        monkeypatch.setattr("sys.argv", ["drift", *arguments])
        code = command.main()
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out.startswith("{") else said.out, said.err

    return run


def test_without_drift(run: Callable[..., tuple[int, Any, str]]) -> None:
    """Exit code 0; JSON by an option."""
    code, text, _ = run("--stack", "vm")
    assert (code, "no drift" in text) == (0, True)
    code, value, _ = run("--stack", "vm", "--json")
    assert (code, value["drift"]) == (0, False)


def test_options_by_variables(
    run: Callable[..., tuple[int, Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As make hands them on: STACK, FORMAT, PORTS."""
    port = [("0.0.0.0:5432", "postgres"), ("0.0.0.0:8080", "java")]
    monkeypatch.setattr(look, "ask", lambda machine: states.facts(machine, port=port))
    for name, value in {"STACK": "vm", "FORMAT": "json", "PORTS": "5432, 8080"}.items():
        monkeypatch.setenv(name, value)
    code, answer, _ = run()
    assert (code, answer["stack"], answer["findings"]) == (0, "vm", [])
    monkeypatch.delenv("PORTS")
    assert run()[0] == 2


def test_a_machine_that_does_not_answer(
    run: Callable[..., tuple[int, Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 with the reason; the URL was asked all the same."""

    def ask(_: object) -> Any:
        raise UntoldError("it is dead")

    monkeypatch.setattr(look, "ask", ask)
    monkeypatch.setattr(engine, "url", lambda _: "GET /: refused\nlook at the firewall")
    code, value, _ = run("--stack", "vm", "--json")
    assert (code, value["problems"]) == (1, {"machine": "it is dead"})
    assert value["findings"][0]["what"] == "GET /: refused"
    assert value["byHand"] == [f"{value['url']}: look at the firewall"]


def test_a_url_that_the_next_run_mends_needs_no_advice(
    run: Callable[..., tuple[int, Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is for when the machine itself is as it should be."""
    monkeypatch.setattr(look, "ask", lambda machine: states.facts(machine, answer=[("refused",)]))
    monkeypatch.setattr(engine, "url", lambda _: "GET /: refused\nlook at the firewall")
    code, value, _ = run("--stack", "vm", "--json")
    assert (code, value["byHand"]) == (2, [])
    assert "machine-release" in value["command"]


def test_a_cloud_is_asked_where_the_stack_has_one(
    run: Callable[..., tuple[int, Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a machine that is the user's own there is none to ask; a cloud that can't be asked can't be told."""

    def refuse(_: str) -> Any:
        raise UntoldError("no credentials")

    monkeypatch.setattr(engine, "cloud", refuse)
    assert run("--stack", "vm")[0] == 0
    code, value, _ = run("--stack", "ecs", "--json", stack="ecs")
    assert (code, value["problems"]) == (1, {"cloud": "no credentials"})


def test_a_stack_with_nothing_in_it(run: Callable[..., tuple[int, Any, str]]) -> None:
    """It can't be told, with what to do."""
    code, _, said = run("--stack", "vm", state={"deployment": {}})
    assert (code, "pulumi up --stack vm" in said) == (1, True)


def test_a_stack_has_to_be_named(run: Callable[..., tuple[int, Any, str]]) -> None:
    """With an example."""
    with pytest.raises(SystemExit):
        run()


FAKE = """#!/bin/sh
printf '%s\\n' "$*" >>calls
code=$(cat "$(dirname "$0")/code")
if [ "$code" != 0 ]; then exec >&2; fi
cat "$(dirname "$0")/answer"
exit "$code"
"""


@pytest.fixture(name="pulumi")
def _pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A pulumi that prints an answer, or an error, and ends with a code."""

    def make(answer: str, code: int = 0) -> Path:
        examples.write(tmp_path, {"pulumi": FAKE, "answer": answer, "code": str(code)})
        (tmp_path / "pulumi").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.chdir(tmp_path)
        return tmp_path / "calls"

    return make


def test_the_state_is_exported_never_refreshed(pulumi: Callable[..., Path]) -> None:
    """It is what was deployed; no command that changes it is used."""
    calls = pulumi('{"deployment": {}}')
    assert engine.state("vm") == {"deployment": {}}
    assert calls.read_text() == "stack export --show-secrets --stack vm --non-interactive --color=never\n"


def test_a_cloud_is_asked_by_a_preview(pulumi: Callable[..., Path]) -> None:
    """What differs is named by resource; what is as it was is not."""
    urn = "urn:pulumi:dev::flask-deploy::alicloud:ecs/securityGroupRule:SecurityGroupRule::http"
    steps = [
        {"op": "delete", "urn": urn},
        {"op": "update", "urn": f"{urn}s", "detailedDiff": {"cidrIp": {}}},
        {"op": "refresh", "urn": f"{urn}-same"},
    ]
    calls = pulumi(json.dumps({"steps": steps}))
    findings = engine.cloud("ecs")
    assert [(each.subject, each.what) for each in findings] == [
        ("http", "is gone"),
        ("https", "was changed: cidrIp"),
    ]
    assert "refresh --preview-only --json --stack ecs" in calls.read_text()


def test_a_pulumi_that_fails_says_why(pulumi: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own words; and one that is not there is named."""
    pulumi("", code=255)
    with pytest.raises(UntoldError, match="pulumi stack export failed"):
        engine.state("vm")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UntoldError, match=r"no pulumi .*; install it \(https://"):
        engine.state("vm")


def test_a_stack_that_is_not_there_has_a_remedy(pulumi: Callable[..., Path]) -> None:
    """Which there are, and where they are looked for: mostly a name or a login is another one."""
    pulumi("error: no stack named 'wm' found", code=255)
    with pytest.raises(UntoldError, match="no stack named 'wm' found; 'pulumi stack ls' lists"):
        engine.state("wm")


def test_the_url_is_asked_as_the_probe_did(known: Callable[..., Deployed]) -> None:
    """With its own question, for some seconds only; the answer says what is wrong."""
    stack = known(examples.MINIMAL, vm={"host": "192.0.2.1"})
    closed = type(stack)(
        outputs=stack.outputs,
        machines=stack.machines,
        unfinished=(),
        on_cloud=False,
        probe=("127.0.0.1:1", *stack.probe[1:]),
    )
    assert "GET /: [Errno 111]" in engine.url(closed)
    nothing = type(stack)(outputs={}, machines=(), unfinished=(), on_cloud=False, probe=())
    assert engine.url(nothing) == ""
