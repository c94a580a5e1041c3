"""A stack that is rehearsed for a test: by the real engine, against an emulated cloud of its own."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from deployment import said

from sandbox import check, rehearse
from sandbox.paths import ROOT
from sandbox.plugins.cloud.account import Account
from sandbox.project import Stack

SAMPLE: Final = ROOT / "assets" / "app"
# What a step of the engine is called in its summary.
_CHANGES: Final = re.compile(r"^\s+[+~-]{1,2} +(\d+ (?:created|updated|replaced|deleted))", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """A stack, its emulated account, and the app's own copy, free to be changed."""

    stack: Stack
    account: Account
    app: Path

    @property
    def url(self) -> str:
        """Where the app answers a test, which may not know the names that the rehearsal does."""
        door = rehearse.REHEARSALS[self.stack.name].door
        return door(self.account, str(self.stack.outputs()["url"]))

    def get(self, path: str = "/") -> check.Answer:
        """Ask the app by its URL."""
        return check.ask(self.url + path)

    def checked(self) -> str:
        """The sample app's own check, through the URL."""
        return check.bookstore(self.url, self.stack.outputs()["release"])

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the app; `old` must be there."""
        change(self.app / file, old, new)

    def pin(self, release: str) -> None:
        """Set `pinnedRelease`; nothing goes forward again."""
        self.stack.config({"flask-deploy:pinnedRelease": release})

    def clone(self, folder: Path) -> Stack:
        """The same stack from another checkout, which has only what git has of the project."""
        scratch = self.stack.scratch
        root = folder / "clone"
        ignored = shutil.ignore_patterns(".flask-deploy", "__pycache__")
        shutil.copytree(scratch.root, root, symlinks=True, ignore=ignored)
        # What git ignores is not in a clone.
        for path in (root / "platforms").glob("*/*"):
            if path.name != ".gitignore":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return replace(self.stack, scratch=replace(scratch, root=root))


def change(file: Path, old: str, new: str) -> None:
    """Replace text in a file; it must be there."""
    text = file.read_text()
    assert old in text, f"{old!r} is not in {file}"
    file.write_text(text.replace(old, new))


def make(target: str, folder: Path, *, source: Path = SAMPLE, **config: Any) -> Rehearsed:
    """Return a configured stack of a fresh scratch copy, with an empty account."""
    name = f"test-{target}"
    scratch, _ = rehearse.create(name, target)
    scratch.remove()
    scratch, account = rehearse.create(name, target)
    app = folder / "app"
    shutil.copytree(source, app, ignore=shutil.ignore_patterns("__pycache__", "data"))
    stack = scratch.stack(target)
    rehearse.REHEARSALS[target].configure(stack)
    health = {"path": "/healthz", "timeout": 20}  # a probe that has to fail does so sooner
    stack.config({"flask-deploy:app": {"path": str(app), "health": health}})
    if target == "ecs":  # that a release is watched has tests of its own
        stack.config({"flask-deploy:machine": {"settleSeconds": 0}})
    stack.config(config)
    return Rehearsed(stack=stack, account=account, app=app)


def changes(words: str) -> set[str]:
    """What the engine says that it changed: `2 updated`, `1 replaced`."""
    return set(_CHANGES.findall(words))


def changed(result: Any) -> dict[str, str]:
    """The resources that a run changed: logical name to created, updated, replaced or deleted."""
    line = re.compile(
        r"^ *(?:\+\+|\+-|--|[+~-]) +\S+:\S+ (\S+) (created|updated|replaced|deleted)", re.MULTILINE
    )
    done: dict[str, str] = {}
    for name, what in line.findall(said(result)):
        done[name] = "replaced" if "replaced" in {what, done.get(name)} else what
    return done


def author(url: str, name: str) -> Mapping[str, Any]:
    """Write a record through the URL."""
    answer = check.ask(f"{url}/authors", method="POST", body={"first_name": "Ada", "last_name": name})
    assert answer.status == 201, answer.body
    record: Mapping[str, Any] = answer.json()
    return record
