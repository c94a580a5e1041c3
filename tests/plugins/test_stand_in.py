"""What only our plugin must hold: how it starts, how it ends, how it is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import engine
from sandbox.plugins import command_plugin, install

from .conftest import ROOT, command, start
from .harness import Failed
from .wire import REMOTE

if TYPE_CHECKING:
    from .sshd import Sshd


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(tmp_path: Path, machine: Sshd, how: signal.Signals) -> None:
    """At once, with nothing on standard error, while a command runs."""
    plugin = start(tmp_path)
    given = {"connection": machine.connection(), "create": "sleep 5"}

    def run() -> None:
        with pytest.raises(Failed):
            plugin.create(REMOTE, given)

    runner = threading.Thread(target=run)
    runner.start()
    time.sleep(1)
    plugin.process.send_signal(how)
    assert plugin.process.wait(2) == 0
    runner.join()
    plugin.stop()
    assert (tmp_path / "stderr").read_text() == ""


def test_it_ends_with_the_engine(tmp_path: Path) -> None:
    """An engine that is killed leaves no plugin behind."""
    script = f"{' '.join(command())} 127.0.0.1:1 >{tmp_path}/port & echo $!"
    script += f"; until test -s {tmp_path}/port; do sleep 0.1; done"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["sh", "-c", script], check=True, capture_output=True, env=env, text=True)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{int(ended.stdout)}/exe").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{int(ended.stdout)}/exe").exists()


def test_it_imports_no_ssh_before_it_must() -> None:
    """A preview pays for neither SSH nor the SDK."""
    code = (
        "import sys, sandbox.plugins.command.__main__; print(sorted({'asyncssh', 'pulumi'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT, text=True)
    assert run.stdout == "[]\n"


def test_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, again only when the launcher changed; and what is installed starts."""
    calls = tmp_path / "calls"
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {calls}\n'
        'mkdir -p "$PULUMI_HOME/plugins/resource-command-v1.2.1"\n'
        'while [ "$1" != --file ]; do shift; done\n'
        'tar -xzf "$2" -C "$PULUMI_HOME/plugins/resource-command-v1.2.1"\n'
    )
    pulumi.chmod(0o755)
    home = tmp_path / "home"
    assert install.install(install.COMMAND, pulumi, home)
    assert not install.install(install.COMMAND, pulumi, home)
    assert calls.read_text().startswith("plugin install resource command 1.2.1 --reinstall --file ")
    launcher = home / "plugins" / "resource-command-v1.2.1" / "pulumi-resource-command"
    process = subprocess.Popen([launcher, "127.0.0.1:1"], stdout=subprocess.PIPE, cwd="/")
    assert process.stdout is not None
    assert int(process.stdout.readline()) > 0
    process.terminate()
    assert process.wait(5) == 0
    process.stdout.close()
    monkeypatch.setattr(install.Plugin, "launcher", lambda _: "#!/bin/sh\n")
    assert install.install(install.COMMAND, pulumi, home)
    assert len(calls.read_text().splitlines()) == 2


def test_install_with_the_engine(tmp_path: Path) -> None:
    """The real engine takes the package without a warning, and lists it."""
    pulumi = engine.ensure(tmp_path / "bin").pulumi
    assert install.install(install.COMMAND, pulumi, tmp_path / "home")
    env = os.environ | {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    listed = subprocess.run([pulumi, "plugin", "ls"], check=True, capture_output=True, env=env, text=True)
    assert listed.stdout.splitlines()[1].split()[:3] == ["command", "resource", "1.2.1"]
    assert "warning" not in listed.stderr


def test_the_official_plugin_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the official plugin is installed, nothing takes its place, and nothing is asked."""
    monkeypatch.setattr(command_plugin, "official", lambda *_: pytest.fail("asked for what is there"))
    place = install.COMMAND.place(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"\x7fELF official")
    command_plugin.ensure(tmp_path / "pulumi", tmp_path)
    assert place.read_bytes() == b"\x7fELF official"


def test_the_official_plugin_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new PULUMI_HOME the official one is asked for; the stand-in only follows if it can't be had."""
    installed: list[Path] = []
    monkeypatch.setattr(install, "install", lambda _plugin, _pulumi, home: installed.append(home))
    monkeypatch.setattr(command_plugin, "official", lambda *_: True)
    command_plugin.ensure(tmp_path / "pulumi", tmp_path)
    assert installed == []
    monkeypatch.setattr(command_plugin, "official", lambda *_: False)
    command_plugin.ensure(tmp_path / "pulumi", tmp_path)
    assert installed == [tmp_path]
