"""Target vm: a machine that is there already, reached as its section says."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr, ValidationError

from components import app, settings
from components.errors import ConfigError
from components.machine.machine import Machine
from components.targets import vm
from unit import examples, recorder

if TYPE_CHECKING:
    from pathlib import Path

KEY = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def deploy(project: Path) -> Any:  # noqa: ARG001 - the program runs in it
    """Deploys the minimal configuration with changes."""

    def program() -> None:
        config, section = settings.read(settings.values())
        vm.deploy(config, section, app.from_settings(config.app)).export("vm")

    def run(changes: dict[str, Any] | None = None) -> recorder.Recording:
        config = examples.changed(examples.MINIMAL, changes or {})
        done = recorder.run(program, config=config, secret=("secrets", "vm"))
        assert done.error is None
        return done

    return run


@pytest.mark.parametrize(
    ("changes", "url", "place", "host"),
    [
        ({}, "http://203.0.113.7", "203.0.113.7:80", "203.0.113.7"),
        ({"vm": {"host": "Shop.example"}}, "http://shop.example", "shop.example:80", "shop.example"),
        ({"vm": {"host": "2001:db8::7"}}, "http://[2001:db8::7]", "[2001:db8::7]:80", "[2001:db8::7]"),
        ({"machine": {"serverName": "a.example"}}, "http://a.example", "203.0.113.7:80", "a.example"),
    ],
    ids=["address", "name", "IPv6", "serverName"],
)
def test_the_url_is_where_the_app_answers(
    deploy: Any, changes: dict[str, Any], url: str, place: str, host: str
) -> None:
    """The probe asks the machine itself, under the name that the app answers to."""
    done = deploy(changes)
    assert done.outputs["url"] == url
    words = shlex.split(done["probe"].inputs["create"])
    assert words[2] == place
    assert words[words.index("--host") + 1] == host


def test_the_outputs_are_these(deploy: Any) -> None:
    """As docs/targets/vm.md has them."""
    outputs = deploy({"machine": {"webStack": "apache-gunicorn"}}).outputs
    assert set(outputs) == {"url", "release", "target", "webStack"}
    assert (outputs["target"], outputs["webStack"]) == ("vm", "apache-gunicorn")
    assert re.fullmatch("[0-9a-f]{12}", outputs["release"])


def test_the_probe_comes_last(deploy: Any) -> None:
    """Green means that this release serves: it asks for it, after all that belongs to the machine."""
    done = deploy({"secrets": {"A": "x"}})
    assert done["probe"].depends_on >= {"ready", "claim", "provision", "upload", "secrets", "release"}
    assert shlex.split(done["probe"].inputs["create"])[7] == done.outputs["release"]


@pytest.mark.parametrize(
    ("health", "asked"),
    [({}, ["/", "any"]), ({"path": "/healthz"}, ["/healthz", "success"])],
    ids=["none", "path"],
)
def test_the_probe_asks_what_the_gate_asked(deploy: Any, health: dict[str, str], asked: list[str]) -> None:
    """Without a health path an app may well answer 404 at '/'."""
    done = deploy({"app": {"health": health}})
    assert shlex.split(done["probe"].inputs["create"])[4:6] == asked
    assert f"HEALTH_PATH={asked[0]} HEALTH_ACCEPT={asked[1]} " in done["release"].inputs["create"]


def test_the_machine_is_known_by_its_host_key(deploy: Any) -> None:
    """Another machine behind the same address has another key, so all steps run again."""
    other = examples.HOST_KEY[:-8] + "AAAAAAAA"
    first, second = (deploy({"vm": {"hostKey": key}}) for key in (examples.HOST_KEY, other))
    for name in ("ready", "claim", "provision", "release"):
        assert first[name].inputs["create"] != second[name].inputs["create"]
    assert first["upload"].inputs["triggers"] != second["upload"].inputs["triggers"]


def test_a_private_key_is_secret_on_its_way(deploy: Any) -> None:
    """In each connection, and nowhere else."""
    done = deploy({"vm": {"privateKey": KEY}})
    for resource in done.resources:
        if resource.type.startswith("command:remote:"):
            assert resource.inputs["connection"]["privateKey"] == KEY
            assert "connection" in resource.secret
        assert "TUlJ" not in str({k: v for k, v in resource.inputs.items() if k != "connection"})
    assert "TUlJ" not in str(done.said)


def section(**values: Any) -> vm.Section:
    """A section with a key."""
    return vm.Section(host="203.0.113.7", host_key=examples.HOST_KEY, **values)


def test_a_key_may_be_text_a_file_or_the_agent_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text or a file; without either it is the agent's, and both are refused."""
    (tmp_path / "key").write_text(KEY.replace("\n", "\r\n"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert section().key() is None
    assert section(private_key_file="~/key").key() == KEY
    assert section(private_key=SecretStr(KEY)).key() == KEY
    with pytest.raises(ValidationError, match="'privateKey' or 'privateKeyFile', not both"):
        section(private_key=SecretStr(KEY), private_key_file="~/key")


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), ("ssh-ed25519 AAAA", "this is the public one"), ("\0\x7fELF", "not its path")],
    ids=["missing", "public", "something else"],
)
def test_a_key_file_that_is_none_is_told(tmp_path: Path, content: str | None, says: str) -> None:
    """With its path; never with what is in it."""
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        section(private_key_file=str(path)).key()
    (told,) = caught.value.faults
    assert told.startswith(f"vm/privateKeyFile: {path} ")
    assert says in told
    assert "ELF" not in told


def test_a_section_shows_no_key() -> None:
    """In no repr, dump or schema default."""
    shown = section(private_key=SecretStr(KEY))
    assert "TUlJ" not in f"{shown!r} {shown} {shown.model_dump()}"


@pytest.mark.parametrize("host", ["203.0.113.7", "shop.example", "2001:db8::7"])
def test_a_message_says_which_machine_and_where_it_is_configured(
    deploy: Any, host: str, monkeypatch: Any
) -> None:
    """The hook that explains failures begins with it."""
    seen: list[tuple[str, int]] = []
    real = Machine.__init__

    def spy(self: Any, name: str, args: Any) -> None:
        seen.append((args["login"].described, args["login"].wait_seconds))
        real(self, name, args)

    monkeypatch.setattr(Machine, "__init__", spy)
    deploy({"vm": {"host": host, "user": "ubuntu", "port": 2222}})
    assert seen == [(f"vm/host: ubuntu@{host} port 2222", vm.WAIT_SECONDS)]
