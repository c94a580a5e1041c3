"""Does the app that was deployed really work? Asked through its URL, as a user would."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from sandbox.say import SandboxError


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def ask(url: str, *, method: str = "GET", body: Any = None, seconds: float = 20) -> Answer:
    """Ask once; SandboxError when nothing answers. An answer with an error status is an answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310  our own machines, http
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310  as above
            return Answer(response.status, _lower(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers.items()), error.read())
    except OSError as error:
        raise SandboxError(f"{method} {url}: {error}") from None


def until_answers(url: str, *, seconds: float = 60) -> Answer:
    """Ask until there is an answer below 500; SandboxError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = ask(url, seconds=5)
        except SandboxError:
            if time.monotonic() > deadline:
                raise
        else:
            if answer.status < 500:
                return answer
            if time.monotonic() > deadline:
                raise SandboxError(f"{url} answered {answer.status} for {seconds:.0f} s")
        time.sleep(0.3)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def serves(url: str, release: str) -> str:
    """Any app: an answer below 500, from this release. Returns what was seen; SandboxError if it is wrong."""
    answer = ask(url + "/")
    seen = f"GET / answered {answer.status}, release {answer.headers.get('x-release', 'unknown')}"
    if answer.status >= 500 or answer.headers.get("x-release") != release:
        raise SandboxError(f"{seen}; expected release {release}, below 500")
    return seen


def bookstore(url: str, release: str) -> str:
    """The sample app: a record written through the URL is read back, static files come, WORK_ENV is right."""
    serves(url, release)
    front = ask(url + "/").json()
    if front["work_env"] != "PROD":
        raise SandboxError(f"WORK_ENV is {front['work_env']!r}, not 'PROD'")
    name = {"first_name": "Ada", "last_name": f"Lovelace {time.time_ns()}"}
    written = ask(url + "/authors", method="POST", body=name)
    if written.status != 201:
        raise SandboxError(
            f"POST /authors answered {written.status}: {written.body.decode(errors='replace')}"
        )
    record = written.json()
    read = ask(f"{url}/authors/{record['id']}")
    if read.status != 200 or read.json() != record or name.items() - read.json().items():
        raise SandboxError(f"author {record['id']} was written, and read back as {read.status} {read.body!r}")
    avatar = ask(url + record["avatar"])
    if avatar.status != 200 or not avatar.body.startswith(b"\x89PNG"):
        raise SandboxError(f"GET {record['avatar']} answered {avatar.status}, not the picture")
    return f"author {record['id']} written and read back; {record['avatar']} served; WORK_ENV PROD"
