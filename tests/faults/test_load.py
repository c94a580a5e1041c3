"""Requests all the time, while releases come, are refused, and are gone back from: not one is lost.

wrk asks over kept-alive connections, over new ones, with POST, and for a static file; it tries nothing again.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from bench.load import Answer, Kind, Load
from sandbox import check

STACKS = ["nginx-uwsgi", "nginx-gunicorn", "apache-uwsgi", "apache-gunicorn"]
ENOUGH = 10_000
SETTLED_SECONDS = 3
KINDS = (
    Kind(name="kept-alive", path="/"),
    Kind(name="new", path="/", kept_alive=False),
    Kind(name="post", path="/echo", method="POST"),
    Kind(name="static", path="/files/picture.txt"),
)
ECHO = """

@app.post("/echo")
def echo():
    return request.form["text"]
"""


@pytest.fixture(name="deployed", params=STACKS)
def _deployed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    deployment = make(f"load-{STACKS.index(request.param)}", tmp_path)
    files = deployment.app / "files"
    files.mkdir()
    (files / "picture.txt").write_text("a picture")
    with (deployment.app / "app.py").open("a") as source:
        source.write(ECHO)
    deployment.configure({**SMALL, "static": {"/files": "files"}}, {"webStack": request.param})
    deployment.stack.up()
    yield deployment
    take_down(deployment)


def served(answers: list[Answer], began: float, ended: float) -> set[str]:
    """The releases that answered what was asked for in that time."""
    return {answer.release for answer in answers if answer.kind != "static" and began < answer.began < ended}


def settled(quiet: list[tuple[float, float, str]], release: str) -> None:
    """Wait, and note that in this time a release alone has to answer."""
    began = time.time()
    time.sleep(SETTLED_SECONDS)
    quiet.append((began, time.time(), release))


@pytest.mark.covers("P2", "P3")
def test_no_request_is_lost(deployed: Deployment, tmp_path: Path) -> None:
    """A good release, a refused one, then back and forward: nothing fails, and the ids change."""
    folder = tmp_path / "notes"
    folder.mkdir()
    first = deployed.stack.outputs()["release"]
    slow: list[check.Answer] = []
    quiet: list[tuple[float, float, str]] = []
    with Load(deployed.url, KINDS, folder) as load:
        settled(quiet, first)
        asking = threading.Thread(
            target=lambda: slow.append(check.ask(f"{deployed.url}/slow?seconds=20", seconds=60))
        )
        asking.start()
        time.sleep(1)  # until it is in flight
        deployed.edit("app.py", '"hello"', '"second"')
        deployed.stack.up()
        second = deployed.stack.outputs()["release"]
        settled(quiet, second)
        deployed.edit("app.py", "import os\n", "import os\nimport no_such_module\n")
        refused = deployed.stack.up(check=False)
        deployed.edit("app.py", "import os\nimport no_such_module\n", "import os\n")
        settled(quiet, second)
        deployed.stack.config({"flask-deploy:pinnedRelease": first})
        deployed.stack.up()
        settled(quiet, first)
        deployed.stack.config({"flask-deploy:pinnedRelease": ""})
        deployed.stack.up()
        settled(quiet, second)
        deadline = time.monotonic() + 120
        while len(load.answers()) < ENOUGH and time.monotonic() < deadline:
            time.sleep(1)
        asking.join()
        failed = load.stop()
        answers = load.answers()

    assert refused.returncode != 0
    assert f"release {second} still serves" in said(refused)
    assert not any(failed.values()), failed
    assert len(answers) >= ENOUGH
    assert {answer.status for answer in answers} == {200}
    assert {answer.kind for answer in answers} == {kind.name for kind in KINDS}
    assert [served(answers, began, ended) for began, ended, _ in quiet] == [{name} for _, _, name in quiet]
    assert [(answer.status, answer.body) for answer in slow] == [(200, b"at last")]
