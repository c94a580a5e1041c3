"""Other sites on the same web server stay as they are; a configuration that is not valid goes nowhere.

And what the stack itself remembers: a state file that is cut off, or an older one.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down
from running import state

NEIGHBOUR: Final = """\
server {
    listen 80;
    server_name neighbour.example.com;
    location / { return 200 "the neighbour\\n"; }
}
"""
WELCOME: Final = 'server { listen 80 default_server; server_name _; return 200 "edited by hand\\n"; }\n'
INVALID: Final = "server { listen 80; server_name broken.example.com; proxy_pas http://127.0.0.1; }\n"
SITES: Final = "/etc/nginx/sites-enabled"


@pytest.fixture(scope="module", name="deployed")
def _deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """An app beside a site that somebody has written, and a default site that somebody has changed."""
    deployment = make("neighbour", tmp_path_factory.mktemp("neighbour"))
    machine = deployment.machine
    machine.ssh("apt-get -q update && apt-get -q -y --no-install-recommends install nginx")
    machine.ssh("cat >/etc/nginx/sites-available/neighbour", stdin=NEIGHBOUR)
    machine.ssh(f"ln -s ../sites-available/neighbour {SITES}/neighbour")
    machine.ssh("cat >/etc/nginx/sites-available/default", stdin=WELCOME)
    machine.ssh("systemctl restart nginx")
    deployment.configure(SMALL, {"serverName": "small.example.com"})
    deployment.stack.up()
    yield deployment
    take_down(deployment)


def answer(deployment: Deployment, name: str) -> str:
    """What the machine's web server answers to requests for a name."""
    return deployment.machine.ssh(f"curl -s -H 'Host: {name}' http://127.0.0.1/").stdout


def everything_answers(deployment: Deployment, app: str = "hello") -> None:
    """The neighbour, what somebody made of the welcome page, and the app."""
    names = ("neighbour.example.com", "anything.example.com", "small.example.com")
    assert [answer(deployment, name) for name in names] == ["the neighbour\n", "edited by hand\n", app]


@pytest.mark.covers(47)
def test_other_sites_stay(deployed: Deployment) -> None:
    """Files and links of others are not touched, and they go on answering."""
    everything_answers(deployed)
    files = deployed.machine.ssh("cat /etc/nginx/sites-available/{neighbour,default}").stdout
    assert files == NEIGHBOUR + WELCOME
    links = deployed.machine.ssh(f"ls {SITES}").stdout.split()
    assert {"default", "neighbour"} < set(links)


@pytest.mark.covers(47)
def test_a_configuration_that_is_not_valid(deployed: Deployment) -> None:
    """The web server's own words are shown; it was not told to read it, and the old release serves."""
    machine = deployed.machine
    serving = deployed.stack.outputs()["release"]
    machine.ssh(f"cat >{SITES}/broken", stdin=INVALID)
    deployed.edit("app.py", '"hello"', '"changed"')
    result = deployed.stack.up(check=False)

    assert result.returncode != 0
    assert 'unknown directive "proxy_pas"' in said(result)
    assert f"{SITES}/broken" in said(result)
    assert "the nginx configuration is not valid; what it says stands above" in said(result)
    assert f"release {serving} still serves" in said(result)
    everything_answers(deployed)
    machine.ssh(f"rm {SITES}/broken")
    deployed.stack.up()
    everything_answers(deployed, "changed")


def state_file(deployment: Deployment) -> Path:
    """Where the backend of files keeps the stack."""
    folder = deployment.stack.scratch.state / "backend" / ".pulumi" / "stacks"
    (file,) = folder.glob(f"**/{deployment.stack.name}.json")
    return file


@pytest.mark.covers(59)
def test_a_state_file_that_is_cut_off(deployed: Deployment) -> None:
    """It is refused, and no login is made; with Pulumi's own copy put back there is nothing to do."""
    file = state_file(deployed)
    logins = deployed.machine.journal_accepted()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    result = deployed.stack.up(check=False)

    assert result.returncode != 0
    assert deployed.machine.journal_accepted() == logins
    shutil.copy(file.with_name(file.name + ".bak"), file)
    deployed.stack.up()
    assert state(deployed)["resources"]
    everything_answers(deployed, "changed")


@pytest.mark.covers(59)
def test_an_older_state_that_is_put_back(deployed: Deployment) -> None:
    """The steps since then are done again, which changes nothing that serves."""
    older = state_file(deployed).read_bytes()
    deployed.edit("app.py", '"changed"', '"newer"')
    deployed.stack.up()
    serving = deployed.stack.outputs()["release"]
    state_file(deployed).write_bytes(older)
    deployed.stack.up()

    assert deployed.stack.outputs()["release"] == serving
    everything_answers(deployed, "newer")


@pytest.mark.covers(17)
def test_a_passphrase_that_is_wrong(deployed: Deployment) -> None:
    """Pulumi's own error; the state is as it was."""
    before = state_file(deployed).read_bytes()
    wrong = {"PULUMI_CONFIG_PASSPHRASE": "wrong", "PULUMI_CONFIG_PASSPHRASE_FILE": ""}
    result = deployed.stack.up(check=False, env=wrong)

    assert result.returncode != 0
    assert "incorrect passphrase" in said(result)
    assert state_file(deployed).read_bytes() == before


@pytest.mark.covers(63)
def test_a_preview_does_not_log_in(deployed: Deployment) -> None:
    """Whatever would be done, nothing is asked of the machine."""
    logins = deployed.machine.journal_accepted()
    deployed.edit("app.py", '"newer"', '"next"')
    shown = said(deployed.stack.preview("--diff"))
    deployed.edit("app.py", '"next"', '"newer"')

    assert "machine-release" in shown
    assert deployed.machine.journal_accepted() == logins
