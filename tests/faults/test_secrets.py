"""A secret is in the app and in one file of the machine, and nowhere else: in no encoding, in no run."""

import base64
import json
import shlex
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from sandbox.process import CommandError

# Each kind of quoting would change it; what stays whole of it is long enough to be found.
CANARY: Final = "c4n4ry-0f-'this'-\"$(id)\"-te5t`x`\\&=+ %"
WHOLE: Final = "c4n4ry-0f-"
# From 9 on the engine writes down each property on its way, secret or not, whatever the program does
# (pulumi/sdk/go/common/resource/plugin/rpc.go); docs/operations.md says so.
LOGGING: Final = ("-v=8", "--logtostderr")
KEY: Final = "flask-deploy:secrets.TOKEN"
SHOWING: Final = """

@app.get("/length")
def length():
    return str(len(os.environ["TOKEN"]))
"""


def encodings(secret: str) -> dict[str, str]:
    """The secret in the forms in which it might show up."""
    return {
        "plain": secret,
        "shell": shlex.quote(secret),
        "JSON": json.dumps(secret)[1:-1],
        "URL": urllib.parse.quote(secret, safe=""),
        "base64": base64.b64encode(secret.encode()).decode().rstrip("="),
        "hexadecimal": secret.encode().hex(),
    }


def found(text: str) -> list[str]:
    """The forms in which the secret is in a text."""
    forms = {
        **encodings(CANARY),
        "a part of it": WHOLE,
        "a part in base64": base64.b64encode(b"c4n4ry-0").decode(),
    }
    return [name for name, form in forms.items() if form in text]


@pytest.fixture(scope="module", name="deployed", params=["nginx-uwsgi", "apache-gunicorn"])
def _deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    name = f"secret-{request.param.partition('-')[0]}"
    deployment = make(name, tmp_path_factory.mktemp(name))
    with (deployment.app / "app.py").open("a") as source:
        source.write(SHOWING)
    deployment.configure(SMALL, {"webStack": request.param})
    deployment.stack.secret(KEY, CANARY)
    yield deployment
    take_down(deployment)


class Watch:
    """The command lines of all processes, on the machine and here, from one moment to the next."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.lines: set[str] = set()

    def _look(self) -> None:
        while not self._done.wait(0.2):
            for command in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.lines.add(command.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:  # it has ended
                    continue
            listed = self._deployment.machine.ssh("ps -ww -eo args", check=False)
            self.lines.update(listed.stdout.splitlines())

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()


def told(deployed: Deployment, *arguments: str) -> str:
    """What `pulumi up` says and logs, whether it passes or fails, while processes are watched."""
    with Watch(deployed) as watch:
        try:
            words = said(deployed.stack.up(*arguments, check=False))
        except CommandError as error:
            words = str(error)
    assert watch.lines
    assert [line for line in watch.lines if found(line)] == []
    return words


def everywhere(deployed: Deployment) -> str:
    """The machine's files that hold a part of the secret, with owner and mode; how often its journal does."""
    script = f"""
grep -rlsIF --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev -e '{WHOLE}' / |
  sort | xargs -r stat --format='%U %a %n'
journalctl --no-pager --output=cat | grep -cF -e '{WHOLE}' || true
"""
    return deployed.machine.ssh("bash -s", stdin=script).stdout


@pytest.mark.covers("P7")
def test_a_run_that_passes_shows_nothing(deployed: Deployment) -> None:
    """Not with a diff, not in the engine's own logs; and the app has it, byte for byte."""
    preview = said(deployed.stack.preview("--diff"))
    words = told(deployed, "--diff", *LOGGING)

    assert deployed.get("/length").body.decode() == str(len(CANARY))
    assert found(preview) == []
    assert found(words) == []


@pytest.mark.covers("P7")
def test_the_state_is_encrypted(deployed: Deployment) -> None:
    """Neither what is exported, nor any file of the backend, nor the stack's own file."""
    exported = deployed.stack.scratch.pulumi("stack", "export", "--stack", deployed.stack.name).stdout
    assert '"resources"' in exported
    assert found(exported) == []
    scratch = deployed.stack.scratch
    files = [*scratch.state.rglob("*"), deployed.stack.file, *(scratch.root / ".flask-deploy").rglob("*")]
    assert deployed.stack.file in files
    assert [path for path in files if path.is_file() and found(path.read_text(errors="replace"))] == []


@pytest.mark.covers("P7")
def test_the_machine_has_it_in_one_file(deployed: Deployment) -> None:
    """Root's, for root alone; not in the journal, not in a shell's history, not in /tmp."""
    *files, journal = everywhere(deployed).splitlines()
    assert [line.rpartition("/")[0] for line in files] == ["root 600 /srv/small/secrets"]
    assert journal == "0"


@pytest.mark.covers("P7")
def test_a_run_that_fails_shows_nothing(deployed: Deployment) -> None:
    """An app that does not start, and a step that can't reach its machine."""
    source = (deployed.app / "app.py").read_text()
    deployed.edit("app.py", "app = Flask", "app = Flask(no_such_name)\napp = Flask")
    refused = told(deployed, "--diff", *LOGGING)
    (deployed.app / "app.py").write_text(source)
    web_stack = deployed.stack.outputs()["webStack"]
    deployed.configure(SMALL, {"webStack": web_stack}, port=2222)
    unreachable = told(deployed, "--diff")
    deployed.configure(SMALL, {"webStack": web_stack})

    assert "NameError" in refused
    assert "nothing listens" in unreachable
    assert (found(refused), found(unreachable)) == ([], [])
    *files, journal = everywhere(deployed).splitlines()
    assert [line.rpartition("/")[0] for line in files] == ["root 600 /srv/small/secrets"]
    assert journal == "0"


@pytest.mark.covers("P7")
def test_a_former_secret_goes_with_its_releases(deployed: Deployment) -> None:
    """After `destroy` no file of the machine holds it."""
    deployed.stack.destroy()
    assert everywhere(deployed).splitlines() == ["0"]
