"""`make rehearse STACK=…`: the same program, by the real engine, against an emulated cloud."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import apps, database, machines, migration
from sandbox.paths import ROOT, SANDBOX
from sandbox.plugins import emulated
from sandbox.plugins.gcp import door, surroundings
from sandbox.project import Scratch, Stack
from sandbox.say import SandboxError, step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.plugins.cloud.account import Account


@dataclass(frozen=True)
class Rehearsal:
    """A stack that can be rehearsed.

    Attributes:
        variables: what a user's environment has for this cloud, for a scratch copy of that name: credentials.
        configure: completes the stack's configuration, as a user would by hand.
        seconds: how long it usually takes, in words.
        door: where a stack's URL is answered for who has not these variables: for people, and for the check.
    """

    variables: Callable[[str], Mapping[str, str]]
    configure: Callable[[Stack], object]
    seconds: str
    door: Callable[[Account, str], str] = lambda _, url: url


def _configure_ecs(stack: Stack) -> None:
    stack.config({"flask-deploy:ecs": {"sshFrom": [f"{machines.gateway()}/32"]}})


def _alibaba(_: str) -> Mapping[str, str]:
    return {"ALIBABA_CLOUD_ACCESS_KEY_ID": "sandbox", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sandbox"}


def _api(name: str) -> str:
    # The same port each time: another address would be a changed provider to the engine.
    port = 20000 + zlib.crc32(f"{ROOT} {name}".encode()) % 10000
    return f"http://127.0.0.1:{port}"


def _heroku(name: str) -> Mapping[str, str]:
    return {"HEROKU_API_KEY": "sandbox", "HEROKU_API_URL": _api(name)}


def _aws(name: str) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": _api(name),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _google(name: str) -> Mapping[str, str]:
    folder = SANDBOX / "state" / name / "account"
    return {"GOOGLE_OAUTH_ACCESS_TOKEN": "sandbox", **surroundings.variables(folder)}


def _configure_appengine(stack: Stack) -> None:
    url = _configure_database(stack)
    if apps.is_sample(stack):
        step("the sample's tables, which App Engine has no release phase for: flask db upgrade, from here")
        migration.upgrade(url)
    stack.config(
        {
            "gcp:project": "bookstore-rehearsal",
            "flask-deploy:appengine": {"createApplication": True, "location": "europe-west"},
        }
    )


def _configure_database(stack: Stack) -> str:
    step("a database: a few seconds (the first time PostgreSQL is installed: half a minute)")
    url = database.ensure(stack.name.replace("-", "_"))
    stack.secret("flask-deploy:secrets.DATABASE_URL", url)
    return url


REHEARSALS: Final[Mapping[str, Rehearsal]] = {
    "ecs": Rehearsal(
        variables=_alibaba,
        configure=_configure_ecs,
        seconds="about a minute",
    ),
    "heroku": Rehearsal(
        variables=_heroku,
        configure=_configure_database,
        seconds="about a minute",
    ),
    "beanstalk": Rehearsal(
        variables=_aws,
        configure=_configure_database,
        seconds="about a minute, the first time two",
    ),
    "appengine": Rehearsal(
        variables=_google,
        configure=_configure_appengine,
        seconds="about a minute",
        door=door.of,
    ),
}


def create(name: str, target: str) -> tuple[Scratch, Account]:
    """Have a scratch copy for a target with its emulated cloud; the account is the copy's own."""
    scratch = Scratch.create(name, target=target, variables=REHEARSALS[target].variables(name))
    return scratch, emulated.ensure(scratch)


def run() -> None:
    """Deploy the stack file's app, or the one that APP names, to the emulated cloud of STACK; check it."""
    target = _target()
    app = apps.chosen()
    web_stack = ""
    if target == "ecs":
        web_stack = apps.web_stack("make rehearse STACK=ecs")
    else:
        apps.refuse_web_stack(target)
    rehearsal = REHEARSALS[target]
    scratch, account = create(f"rehearse-{target}", target)
    stack = scratch.stack(target)
    apps.configure(stack, app)
    rehearsal.configure(stack)
    if web_stack:
        stack.config({"flask-deploy:machine": {"webStack": web_stack}})
    step(f"deploying to an emulated cloud with pulumi up: {rehearsal.seconds}, less when little has changed")
    if stack.up(stream=True, check=False).returncode != 0:
        raise SandboxError("pulumi up failed; its own words stand above")
    outputs = stack.outputs()
    url = rehearsal.door(account, outputs["url"])
    seen = apps.checked(stack, url, outputs["release"])
    print(_summary(target, outputs, seen, url))


def _target() -> str:
    wanted = os.environ.get("STACK", "")
    if wanted not in REHEARSALS:
        known = ", ".join(REHEARSALS)
        problem = f"STACK={wanted!r} can't be rehearsed" if wanted else "STACK is not set"
        raise SandboxError(f"{problem}; it is one of {known}, for example: make rehearse STACK=ecs")
    return wanted


def _summary(target: str, outputs: Mapping[str, Any], seen: str, url: str) -> str:
    own = f"its url:   {outputs['url']}, a name that only the rehearsal knows"
    return "\n".join(
        [
            "",
            f"checked:   {seen}",
            f"cloud:     emulated; what of it is real is in sandbox/README.md (target {target})",
            f"release:   {outputs['release']}",
            *([own] if url != outputs["url"] else []),
            "remove:    make clean",
            f"url: {url}",
        ]
    )
