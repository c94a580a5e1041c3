"""Target vm: a machine that is there already, reached as its section says."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from components import app, settings
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
    assert done["probe"].depends_on >= {
        f"machine-{step}"
        for step in ("ready", "claim-bookstore", "provision", "upload", "secrets", "release")
    }
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
    assert f"HEALTH_PATH={asked[0]} HEALTH_ACCEPT={asked[1]} " in done["machine-release"].inputs["create"]


@pytest.mark.covers("P8")
def test_the_machine_is_known_by_its_host_key(deploy: Any) -> None:
    """Another machine behind the same address has another key, so all steps run again."""
    other = examples.HOST_KEY[:-8] + "AAAAAAAA"
    first, second = (deploy({"vm": {"hostKey": key}}) for key in (examples.HOST_KEY, other))
    for name in ("machine-ready", "machine-claim-bookstore", "machine-provision", "machine-release"):
        assert first[name].inputs["create"] != second[name].inputs["create"]
    assert first["machine-upload"].inputs["triggers"] != second["machine-upload"].inputs["triggers"]


def test_a_private_key_is_secret_on_its_way(deploy: Any) -> None:
    """In each connection, and nowhere else."""
    done = deploy({"vm": {"privateKey": KEY}})
    for resource in done.resources:
        if resource.type.startswith("command:remote:"):
            assert resource.inputs["connection"]["privateKey"] == KEY
            assert "connection" in resource.secret
        assert "TUlJ" not in str({k: v for k, v in resource.inputs.items() if k != "connection"})
    assert "TUlJ" not in str(done.said)


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


def test_the_machine_is_its_user_s(deploy: Any) -> None:
    """It never goes with the stack, so each step is undone by itself; the app may reach any address."""
    done = deploy({"secrets": {"A": "x"}})
    assert {resource.deleted_with for resource in done.resources} == {""}
    assert "IPAddressDeny" not in done["machine-release"].inputs["stdin"]
