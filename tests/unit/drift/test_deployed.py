"""What was deployed is read from the state as the program's own steps have put it there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from components import render
from components.drift import deployed
from unit import examples
from unit.beanstalk import stacks
from unit.drift import states

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.drift.deployed import Deployed
    from unit.conftest import Deploy

    Known = Callable[..., Deployed]


def sha(text: str) -> str:
    """The digest that `sha256sum` prints."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("stack", examples.STACKS)
def test_each_file_of_a_release_is_known(deploy: Deploy, stack: str) -> None:
    """By mode and content, as `read_payload` takes them; a line that looks like a marker changes nothing."""
    recording = deploy(examples.changed(examples.FULL, {"machine": {"webStack": stack}}))
    (machine,) = deployed.read(states.state(recording)).machines
    files = machine.steps["release"].files
    sent = recording["machine-release"].inputs["stdin"]

    assert {"app.service", "site.conf", "environment", "probe.py", "constraints.txt"} <= files.keys()
    assert ("app.socket" in files) == stack.endswith("gunicorn")
    assert files["constraints.txt"] == ("644", sha(""))  # empty
    assert files["release-command"] == ("644", sha("flask --app run db upgrade\n"))
    assert len(files) == sent.count("\n@@ ") - sent.partition("@@ environment")[2].count("\n@@ lines")


def test_the_steps_variables_are_known(known: Known) -> None:
    """Release, owner, web server, and the address of the archive."""
    (machine,) = known(examples.FULL).machines
    assert machine.variables["OWNER"] == "flask-deploy/dev"
    assert (machine.variables["PROXY"], machine.variables["PINNED"]) == ("nginx", "")
    assert machine.steps["provision"].files["run"][1] == sha(render.asset("scripts/run.sh"))
    assert machine.steps["secrets"].files.keys() == {"secrets"}


def test_the_way_to_the_machine_is_known(known: Known) -> None:
    """As the deployment had it, the host key too; the private key is in no text of it."""
    (machine,) = known(examples.FULL, vm={"privateKey": examples_key()}).machines
    door = machine.door
    assert (door.host, door.port, door.user) == ("203.0.113.7", 2222, "ubuntu")
    assert door.host_key == examples.HOST_KEY
    assert door.private_key == examples_key()
    assert "PRIVATE" not in repr(machine)


def examples_key() -> str:
    """A private key's text, as far as the configuration looks at it."""
    return "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"


def test_an_address_that_the_run_found_out_is_known(known: Known) -> None:
    """On `ecs` the machine, its keys and its address come from the state; it has something in a cloud."""
    stack = known(examples.ECS)
    (machine,) = stack.machines
    assert machine.name == "web-0"
    assert machine.door.host
    assert machine.door.host_key.startswith("ssh-")
    assert stack.on_cloud


@pytest.mark.parametrize("config", [examples.HEROKU, examples.BEANSTALK, examples.APPENGINE], ids=str)
def test_a_platform_is_asked(known: Known, config: dict[str, Any]) -> None:
    """What it has of a stack is compared by its provider; there is no machine to log in to."""
    stack = known(config, engine=stacks.engine())
    assert stack.on_cloud
    assert stack.machines == ()


def test_a_machine_alone_is_on_no_cloud(known: Known) -> None:
    """There is nobody to ask but the machine; and the probe is the one of the last run."""
    stack = known(examples.FULL)
    assert not stack.on_cloud
    assert stack.probe[0] == "203.0.113.7:80"
    assert stack.probe[5] == stack.machines[0].variables["RELEASE"]


def test_secret_outputs_are_left_out(deploy: Deploy) -> None:
    """They are nobody's business here, and could end in the report."""
    state = states.state(deploy(examples.MINIMAL))
    state["deployment"]["resources"][0]["outputs"]["loginKey"] = states.wrapped("a canary")
    assert "loginKey" not in deployed.read(state).outputs


def test_a_machine_without_a_release_is_unfinished(deploy: Deploy) -> None:
    """A first run that ended early has left nothing to compare with."""
    state = states.state(deploy(examples.MINIMAL))
    resources = state["deployment"]["resources"]
    state["deployment"]["resources"] = [each for each in resources if "machine-release" not in each["urn"]]
    read = deployed.read(state)
    assert (read.machines, read.unfinished) == ((), ("machine",))


def test_what_waits_for_its_deletion_does_not_count(deploy: Deploy) -> None:
    """A replaced step stands in the state twice, for as long as its deletion is pending."""
    state = states.state(deploy(examples.MINIMAL))
    (step,) = (each for each in state["deployment"]["resources"] if each["urn"].endswith("machine-release"))
    old = {**step, "delete": True, "inputs": {**step["inputs"], "create": "env RELEASE=old timeout 1 bash"}}
    state["deployment"]["resources"].append(old)
    assert deployed.read(state).machines[0].variables["RELEASE"] != "old"


def test_an_empty_stack_has_nothing() -> None:
    """Of one that was never deployed, or is destroyed, the export has no resources."""
    assert deployed.read({"version": 3, "deployment": {}}).machines == ()
