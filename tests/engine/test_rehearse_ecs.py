"""Target ecs by the pulumi CLI, against the emulated Alibaba Cloud: an instance is a real machine.

Each test goes on where the last one ended.
"""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import drift, said
from rehearsal import Rehearsed, author, change, changed, make

from sandbox import check, machines
from sandbox.say import SandboxError


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    rehearsed = make("ecs", tmp_path_factory.mktemp("ecs"))
    yield rehearsed
    rehearsed.stack.destroy(check=False)
    rehearsed.stack.scratch.remove()


def machine_of(shop: Rehearsed) -> machines.Machine:
    """The sandbox machine behind the instance."""
    address = shop.stack.outputs()["address"]
    (name,) = (one.name for one in machines.status() if one.address == address)
    found = machines.find(name)
    assert found is not None
    return found


def test_the_first_up_serves_the_app(shop: Rehearsed) -> None:
    """From an empty account: network, rules, keys, a machine with cloud-init, the web stack; it answers."""
    preview = said(shop.stack.preview())
    assert "alicloud:ecs:Instance" in preview
    shop.stack.up()

    assert "written and read back" in shop.checked()


def test_a_record_outlives_a_restart_of_the_machine(shop: Rehearsed) -> None:
    """The disk lasts, and the app comes back by itself."""
    record = author(shop.url, "Restart")
    machines.reboot(machine_of(shop))

    assert check.until_answers(f"{shop.url}/authors/{record['id']}").json() == record


@pytest.mark.covers("P1")
def test_the_second_up_changes_nothing(shop: Rehearsed) -> None:
    """Nor does a newer image that was published meanwhile, with a refresh before."""
    shop.stack.up("--expect-no-changes")
    publish_image(shop)
    shop.stack.up("--refresh", "--expect-no-changes")


def publish_image(shop: Rehearsed) -> None:
    """Let the cloud have an image that is newer than all."""
    with shop.account.opened() as tables:
        tables["images"]["ubuntu_24_04_x64_20G_alibase_20991231.vhd"] = {
            "creationTime": "2099-12-31T00:00:00Z"
        }


def test_a_fresh_clone_has_nothing_to_do(shop: Rehearsed, tmp_path: Path) -> None:
    """The project in another folder, and a refresh before: 0 changes all the same."""
    shop.clone(tmp_path).up("--refresh", "--expect-no-changes")


def test_a_changed_app_changes_only_what_must_change(shop: Rehearsed) -> None:
    """A new upload, a new release, and the probe that asks for it."""
    shop.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    result = shop.stack.up()

    assert set(changed(result)) == {"web-0-upload", "web-0-release", "probe"}
    assert shop.get().json()["edition"] == "second"


def test_only_the_two_ports_are_open(shop: Rehearsed) -> None:
    """Any other port is silent, although a program listens on it."""
    machine = machine_of(shop)
    machine.ssh("systemd-run --quiet --unit=stranger python3 -m http.server 8080")
    with pytest.raises(SandboxError):
        check.ask(f"http://{machine.address}:8080/", seconds=3)
    machine.ssh("systemctl stop stranger")


def test_without_its_rule_port_80_is_closed(shop: Rehearsed) -> None:
    """The rule is taken out of the program: the app can't be reached, and is again when it is back."""
    program = shop.stack.scratch.root / "components" / "alibaba" / "network.py"
    text = program.read_text()
    change(program, 'rules = [_rule("http", group, 80, "0.0.0.0/0", common)]\n    rules += [', "rules = [")
    assert changed(shop.stack.up()) == {"http": "deleted"}
    with pytest.raises(SandboxError):
        check.ask(f"{shop.url}/", seconds=3)
    program.write_text(text)
    shop.stack.up()

    assert shop.get().status == 200


def test_another_web_stack_takes_over(shop: Rehearsed) -> None:
    """From nginx and uWSGI to Apache and Gunicorn in place: the same machine, the same records."""
    instance = shop.stack.outputs()["instanceId"]
    total = shop.get("/authors").json()["total"]
    shop.stack.config({"flask-deploy:machine": {"webStack": "apache-gunicorn"}})
    shop.stack.up()

    assert "written and read back" in shop.checked()
    assert shop.get().headers["server"] == "Apache"
    assert shop.get("/authors").json()["total"] > total
    assert shop.stack.outputs()["instanceId"] == instance


@pytest.mark.covers(55)
def test_a_replaced_machine_is_provisioned_anew(shop: Rehearsed) -> None:
    """On purpose: a new disk with the newest image, every step run on it, the old machine gone."""
    old = machine_of(shop)
    result = shop.stack.up("--replace", "**Instance::web-0")

    assert "written and read back" in shop.checked()
    assert {
        "web-0-ready",
        "web-0-claim-bookstore",
        "web-0-provision",
        "web-0-upload",
        "web-0-release",
    } <= set(changed(result))
    assert shop.stack.outputs()["imageId"] == "ubuntu_24_04_x64_20G_alibase_20991231.vhd"
    assert machines.find(old.name) is None


@pytest.mark.covers(96)
def test_what_was_changed_behind_its_back_is_drift(shop: Rehearsed) -> None:
    """A rule that is gone and a web server that was stopped: both are named, and one command mends both."""
    with shop.account.opened() as tables:
        (rule,) = (key for key in tables["securityGroupRules"] if "80/80" in key)
        del tables["securityGroupRules"][rule]
    machine_of(shop).ssh("systemctl disable --now apache2")
    result = drift(shop.stack, "--json")
    report = json.loads(result.stdout)
    named = {(finding["kind"], finding["subject"]) for finding in report["findings"]}
    assert result.returncode == 2
    assert {("cloud", "http"), ("unit", "apache2.service")} <= named
    words = shlex.split(report["command"])[1:]
    mended = shop.stack.scratch.pulumi(*words, "--yes", "--skip-preview")

    assert changed(mended)["http"] == "created"
    assert drift(shop.stack).returncode == 0


@pytest.mark.covers("P13")
def test_destroy_empties_the_account(shop: Rehearsed) -> None:
    """Even though the machine can't be reached any more; no machine of the sandbox is left."""
    machine = machine_of(shop)
    machines.poweroff(machine)
    shop.stack.destroy()

    assert [name for name, rows in shop.account.tables().items() if rows and name != "images"] == []
    assert machines.find(machine.name) is None
