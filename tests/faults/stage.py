"""A machine on which two variants of an app take turns: each fault comes while one follows the other.

What the other one has left is wiped out before it comes again, so that each time all of it is made.
"""

import re
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from deployment import SMALL, Deployment, make, said, take_down
from running import locks, state

from sandbox import check
from sandbox.paths import ROOT

VARIANTS: Final = ("one", "two")
WEIGHT: Final = 300_000  # bytes that no compression makes fewer: an upload that can be stopped in its midst


@dataclass(kw_only=True)
class Stage:
    """A deployment, which variant serves, and what the machine looks like when that came undisturbed."""

    MODULE: ClassVar = "components/machine/machine.py"
    deployment: Deployment
    web_stack: str
    serving: str = ""
    releases: dict[str, str] = field(default_factory=dict)  # by variant
    clean: dict[str, set[str]] = field(
        default_factory=dict
    )  # by variant: the machine after it followed the other

    @classmethod
    def make(cls, name: str, folder: Path, web_stack: str) -> "Stage":
        """Deploy each variant after the other, without any fault."""
        stage = cls(deployment=make(name, folder), web_stack=web_stack)
        (stage.deployment.app / "files").mkdir()
        (stage.deployment.app / "files" / "file.txt").write_text("served by the web server")
        (stage.deployment.app / "weight.bin").write_bytes(secrets.token_bytes(WEIGHT))
        for variant in ("one", "two", "one"):
            stage.wipe_out_the_other(venv=True)
            stage.choose(variant)
            stage.deployment.stack.up()
            stage.arrived(variant)
            stage.clean[variant] = stage.tree()
        return stage

    @property
    def other(self) -> str:
        """The variant that does not serve."""
        return next(variant for variant in VARIANTS if variant != self.serving)

    def choose(self, variant: str) -> None:
        """Have the next `up` deploy a variant: with another site, so that the web server reloads."""
        self.deployment.configure(
            {**SMALL, "environment": {"GREETING": variant}, "static": {f"/{variant}": "files"}},
            {"webStack": self.web_stack},
        )
        (self.deployment.app / "variant.txt").write_text(variant)
        lines = "flask>=3,<4\n" + ("" if variant == "one" else "itsdangerous>=2\n")
        (self.deployment.app / "requirements.txt").write_text(lines)

    def arrived(self, variant: str) -> None:
        """A variant serves, with its own site."""
        self.serving = variant
        self.releases[variant] = self.deployment.stack.outputs()["release"]
        assert self.answer() == variant
        served = {name: check.ask(f"{self.deployment.url}/{name}/file.txt").status for name in VARIANTS}
        assert served == {variant: 200, self.other: 404}, "the web server has the other site"

    def answer(self) -> str:
        """Which variant serves, by what it says and by its release; it has to answer."""
        answer = check.until_answers(self.deployment.url + "/", seconds=30)
        assert answer.status == 200
        said_by = answer.body.decode()
        known = self.releases.get(said_by)
        assert known in (None, answer.headers["x-release"])
        return said_by

    def wipe_out_the_other(self, *, venv: bool = False) -> None:
        """Take away what the variant that does not serve has left, as if it had never been there."""
        release = self.releases.get(self.other) if self.serving else None
        if release is None:
            return
        place = f"/srv/small/releases/{release}"
        uploaded = f"/var/lib/flask-deploy/small/upload/$(cat {place}/bundle).tar"
        virtual = f"$(readlink {place}/venv)" if venv else ""
        self.deployment.machine.ssh(f"rm -rf {uploaded} {virtual} {place}")

    def shorten_time_outs(self, seconds: int) -> None:
        """Have this computer give a step up after so many seconds; on the machine nothing is another."""
        text = self._machine_module.read_text()
        changed = re.sub(r"^( +most = ).*$", rf"\g<1>{seconds}", text, flags=re.MULTILINE)
        assert changed != text
        self._machine_module.write_text(changed)

    def restore_time_outs(self) -> None:
        """Have what the product has."""
        shutil.copy(ROOT / self.MODULE, self._machine_module)

    @property
    def _machine_module(self) -> Path:
        return self.deployment.stack.scratch.root / self.MODULE

    def take_down(self) -> None:
        """End the machine, and forget the stack."""
        take_down(self.deployment)

    def unlock(self) -> None:
        """Take away the lock that a test that failed has left, so that only that one fails."""
        for lock in locks(self.deployment):
            lock.unlink()

    def tree(self) -> set[str]:
        """The machine, line by line; but the content of compiled modules, in which stands when pip came."""
        lines = self.deployment.script("tree-hash.sh").splitlines()
        place = "/var/lib/flask-deploy"
        more = self.deployment.machine.ssh(
            f"find {place} -printf '%p %y %m %u %g %l\\n'; find {place} -type f -exec sha256sum {{}} +"
        ).stdout.splitlines()
        return {line for line in (*lines, *more) if not _compiled(line)}

    def heal(self) -> list[str]:
        """Do what docs/operations.md says after an interruption; return the commands that it took."""
        scratch, name = self.deployment.stack.scratch, self.deployment.stack.name
        done = []
        if locks(self.deployment):
            refused = scratch.pulumi("up", "--yes", "--skip-preview", "--stack", name, check=False)
            assert refused.returncode != 0
            assert "the stack is currently locked by 1 lock(s)" in said(refused)
            assert "`pulumi cancel`" in said(refused)
            scratch.pulumi("cancel", "--yes", "--stack", name)
            done.append("cancel")
        for words in (("refresh", "--yes", "--clear-pending-creates"), ("up", "--yes", "--skip-preview")):
            scratch.pulumi(*words, "--stack", name)
            done.append(words[0])
        assert not state(self.deployment).get("pending_operations")
        assert not locks(self.deployment)
        return done


def _compiled(line: str) -> bool:
    """Whether it is the content of what Python has compiled, or of a list of that: both hold times."""
    made = line.endswith(".pyc") or ("/venvs/" in line and line.endswith("/.listing"))
    return made and len(line.split(maxsplit=1)[0]) == 64
