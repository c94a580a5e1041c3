"""Copies to a machine: destinations and errors. Recorded from 1.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from .harness import Failed, Plugin
from .sshd import free_port
from .wire import COPY, Props, file_archive, file_asset, text_asset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .sshd import Sshd

Tree = dict[str, Any]


def make(folder: Path, tree: Tree) -> Path:
    """Files and folders from a tree: a text is a file, a dict a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        if isinstance(content, dict):
            make(folder / name, content)
        else:
            (folder / name).write_text(content)
    return folder


def tree(folder: Path) -> Tree:
    """The tree of a folder."""
    return {path.name: tree(path) if path.is_dir() else path.read_text() for path in sorted(folder.iterdir())}


SOURCE: Tree = {"a": "A", "empty": {}, "sub": {"b": "B"}, "x.sh": "#!"}


class Copy(NamedTuple):
    """A copy of SOURCE's parts to DEST, which holds `there`: what DEST holds then, or the error.

    In texts, S is the source folder and D the destination.
    """

    what: str
    source: Callable[[Path], Props]
    to: str
    there: Tree
    then: Tree | str


def file(name: str) -> Callable[[Path], Props]:
    """One of the files as FileAsset."""
    return lambda source: file_asset(source / name)


def text(content: str) -> Callable[[Path], Props]:
    """A StringAsset."""
    return lambda _: text_asset(content)


def folder(end: str = "") -> Callable[[Path], Props]:
    """The folder as FileArchive, with or without a slash at its end."""
    return lambda source: file_archive(f"{source}{end}")


COPIES = [
    Copy("a file to a new path", file("a"), "/f", {}, {"f": "A"}),
    Copy("a file, parents made", file("a"), "/p/q/f", {}, {"p": {"q": {"f": "A"}}}),
    Copy("a file into a folder", file("a"), "", {}, {"a": "A"}),
    Copy("a file into a folder, with a slash", file("a"), "/", {}, {"a": "A"}),
    Copy("a file to a missing folder, with a slash", file("a"), "/new/", {},
         'failed to create remote file D/new/: sftp: "Failure" (SSH_FX_FAILURE)'),
    Copy("a file over a longer one", file("a"), "/f", {"f": "longer"}, {"f": "A"}),
    Copy("a file below a file", file("a"), "/f/g", {"f": ""},
         "failed to create parent directories for D/f/g: mkdir D/f: not a directory"),
    Copy("a missing file", file("nope"), "/f", {}, "open S/nope: no such file or directory"),
    Copy("a folder as file", file(""), "/d", {}, {"d": {"src": SOURCE}}),
    Copy("a text", text("hé\n"), "/t", {}, {"t": "hé\n"}),
    Copy("an empty text", text(""), "/t", {"t": "old"}, {"t": ""}),
    Copy("a text, parents made", text("x"), "/p/q/t", {}, {"p": {"q": {"t": "x"}}}),
    Copy("a text into a folder", text("x"), "", {},
         "remote path D is a directory; when using a text asset, remotePath must be a file path"),
    Copy("a text to a missing folder", text("x"), "/new/", {},
         'failed to create remote file D/new/: sftp: "Failure" (SSH_FX_FAILURE)'),
    Copy("a folder to a new path", folder(), "/d", {}, {"d": {"src": SOURCE}}),
    Copy("a folder into a folder", folder(), "", {"old": ""}, {"old": "", "src": SOURCE}),
    Copy("a folder's content to a new path", folder("/"), "/p/q", {}, {"p": {"q": SOURCE}}),
    Copy("a folder's content into a folder keeps what is there", folder("/"), "", {"old": "", "a": "longer"},
         {"old": ""} | SOURCE),
    Copy("a folder below a file", folder(), "/f", {"f": ""},
         "failed to create remote directory D/f/src: file does not exist"),
    Copy("a folder's content over a file", folder("/"), "/f", {"f": ""},
         "remote path D/f exists but is not a directory"),
    Copy("a subfolder over a file", folder("/"), "", {"sub": ""},
         "remote path D/sub exists but is not a directory"),
    Copy("the folder over a file", folder(), "", {"src": ""},
         "remote path D/src exists but is not a directory"),
    Copy("a file over a subfolder", folder("/"), "", {"a": {}},
         'failed to create remote file D/a: sftp: "Failure" (SSH_FX_FAILURE)'),
    Copy("an archive file is copied as it is", lambda s: file_archive(s / "x.sh"), "/z.tar", {},
         {"z.tar": "#!"}),
    Copy("a missing folder", lambda s: file_archive(s / "nope"), "/d", {},
         "open S/nope: no such file or directory"),
]  # fmt: skip


@pytest.mark.parametrize("case", COPIES, ids=lambda case: case.what)
def test_copy(plugin: Plugin, machine: Sshd, tmp_path: Path, case: Copy) -> None:
    """Files land where the official plugin puts them, or the error says why not."""
    source, dest = make(tmp_path / "src", SOURCE), make(tmp_path / "dest", case.there)
    given = {"connection": machine.connection(), "remotePath": f"{dest}{case.to}"}
    try:
        made, _ = plugin.create(COPY, given | {"source": case.source(source)})
        problem = None
    except Failed as failed:
        made, problem = "", failed.text.replace(str(source), "S").replace(str(dest), "D")
    assert (tree(dest) if problem is None else problem) == case.then
    assert len(made) == (8 if problem is None else 0)


def test_links(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """A link's content is copied; a link to a folder fails, and what came before it stays."""
    source, dest = make(tmp_path / "src", {"a": "A", "z": "Z"}), make(tmp_path / "dest", {})
    (source / "b").symlink_to("a")
    given = {
        "connection": machine.connection(),
        "source": file_archive(f"{source}/"),
        "remotePath": f"{dest}",
    }
    plugin.create(COPY, given)
    assert tree(dest) == {"a": "A", "b": "A", "z": "Z"}
    (source / "c").symlink_to(make(tmp_path / "other", {}))
    with pytest.raises(Failed) as caught:
        plugin.create(COPY, given | {"remotePath": f"{dest}/new"})
    assert caught.value.text == (
        f"failed to copy file {source}/c to remote path {dest}/new/c: read {source}/c: is a directory"
    )
    assert tree(dest / "new") == {"a": "A", "b": "A", "c": ""}


@pytest.mark.parametrize(("there", "mode"), [(False, 0o644), (True, 0o600)])
def test_modes_are_the_servers(plugin: Plugin, machine: Sshd, tmp_path: Path, there: bool, mode: int) -> None:  # noqa: FBT001
    """An executable arrives as a plain file; an existing file keeps its mode and its inode."""
    source, dest = make(tmp_path / "src", SOURCE), tmp_path / "f"
    (source / "x.sh").chmod(0o755)
    if there:
        dest.touch(mode=0o600)
    before = dest.stat().st_ino if there else 0
    given = {
        "connection": machine.connection(),
        "source": file_asset(source / "x.sh"),
        "remotePath": str(dest),
    }
    plugin.create(COPY, given)
    assert dest.stat().st_mode & 0o777 == mode
    assert not there or dest.stat().st_ino == before


def test_a_large_file(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """Every byte arrives."""
    content = bytes(range(256)) * 20000
    (tmp_path / "f").write_bytes(content)
    given = {"connection": machine.connection(), "source": file_asset(tmp_path / "f")}
    plugin.create(COPY, given | {"remotePath": str(tmp_path / "g")})
    assert (tmp_path / "g").read_bytes() == content


def test_the_machine_is_dialled_before_the_source_is_read(
    plugin: Plugin, machine: Sshd, tmp_path: Path
) -> None:
    """A dead machine is the error, though the source is missing as well."""
    given = {"connection": machine.connection(port=free_port()), "source": file_asset(tmp_path / "nope")}
    with pytest.raises(Failed) as caught:
        plugin.create(COPY, given | {"remotePath": "/x"})
    assert caught.value.text.startswith("after 0 failed attempts: dial tcp ")


@pytest.mark.parametrize(
    ("subsystem", "said"),
    [
        ("other /bin/false", "ssh: subsystem request failed"),
        (
            "sftp /bin/false",
            (
                "error receiving version packet from server: "
                "server unexpectedly closed connection: unexpected EOF"
            ),
        ),
    ],
)
def test_a_server_without_sftp(
    plugin: Plugin, start_machine: Callable[..., Sshd], subsystem: str, said: str
) -> None:
    """A subsystem that is missing or broken is an error."""
    other = start_machine(f"Subsystem {subsystem}")
    with pytest.raises(Failed) as caught:
        plugin.create(
            COPY, {"connection": other.connection(), "source": text_asset("x"), "remotePath": "/nope/f"}
        )
    assert caught.value == Failed("UNKNOWN", said)
