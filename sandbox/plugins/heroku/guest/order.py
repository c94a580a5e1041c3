"""What the platform wants to run, as it is handed over: one JSON document."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.heroku.guest import places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Megabytes, https://devcenter.heroku.com/articles/dyno-sizes
MEMORY: Final[Mapping[str, int]] = {
    "Eco": 512,
    "Basic": 512,
    "Standard-1X": 512,
    "Standard-2X": 1024,
    "Performance-M": 2560,
    "Performance-L": 14336,
    "Performance-L-RAM": 30720,
    "Performance-XL": 63488,
    "Performance-2XL": 129024,
}
_COMPOUND: Final = re.compile(r"[;&|()\n]|^\s*\w+=")


@dataclass(frozen=True, kw_only=True)
class Order:
    """One dyno: what it runs, of which slug, with which environment."""

    name: str  # web.1
    command: str
    size: str
    slug: str
    suite: str
    config_vars: Mapping[str, str]
    boot_seconds: float = 60  # devcenter, limits#boot-timeout; support raises it on request

    @property
    def is_web(self) -> bool:
        """Whether it has to listen on $PORT."""
        return self.name.startswith("web.")

    @property
    def unit(self) -> str:
        """Its systemd unit."""
        return f"heroku-dyno-{self.name}.service"

    @property
    def shell_command(self) -> str:
        """The command as the dyno's own process, which gets the signals, if it is one program."""
        return self.command if _COMPOUND.search(self.command) else f"exec {self.command}"

    def environment(self, port: int | None) -> dict[str, str]:
        """Config vars, and what Heroku adds: devcenter, dynos#local-environment-variables."""
        own = {"DYNO": self.name} | ({} if port is None else {"PORT": str(port)})
        return {**self.config_vars, **own}

    def unpack(self) -> Path:
        """A fresh copy of the slug, as the dyno's /app: what the last one wrote is gone."""
        folder = places.DYNOS / self.name
        shutil.rmtree(folder, ignore_errors=True)
        app = folder / "app"
        app.mkdir(parents=True)
        shutil.chown(app, places.USER, places.USER)
        archive = str(places.slug_file(self.slug))
        subprocess.run(["tar", "-xzf", archive, "-C", str(app)], check=True, capture_output=True)
        return app


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The whole app: its names, its release, its formation."""

    hosts: tuple[str, ...]
    slug: str  # empty before the first release with code
    stamp: str  # another one means that all dynos have to be new
    orders: tuple[Order, ...]

    def serves(self, host: str) -> bool:
        """Whether a request for this host is the app's."""
        return host in self.hosts or f"*.{host.partition('.')[2]}" in self.hosts

    @classmethod
    def read(cls) -> Desired:
        """What was handed over last."""
        try:
            document = json.loads(places.DESIRED.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(hosts=(), slug="", stamp="", orders=())
        slug = document["slug"] or ""
        return cls(
            hosts=tuple(document["hosts"]),
            slug=slug,
            stamp=document["stamp"],
            orders=tuple(_orders(document)) if slug else (),
        )


def _orders(document: dict[str, Any]) -> list[Order]:
    return [
        Order(
            name=f"{process['type']}.{number}",
            command=process["command"],
            size=process["size"],
            slug=document["slug"],
            suite=document["suite"],
            config_vars=document["config_vars"],
            boot_seconds=document["boot_seconds"],
        )
        for process in document["formation"]
        for number in range(1, process["quantity"] + 1)
    ]
