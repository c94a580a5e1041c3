"""The bundle: what is in it, what is not, and that its digest and bytes depend on nothing else."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import subprocess
import sys
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.bundle import Bundle, collect
from components.errors import ConfigError
from components.files import links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make files, path to content, and the folders they lie in."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def names(bundle: Bundle) -> list[str]:
    """The paths in a bundle."""
    return [item.path for item in bundle.files]


def faults(root: Path, extra: Mapping[str, bytes] | None = None) -> tuple[str, ...]:
    """The faults that this gives; it has to give some."""
    with pytest.raises(ConfigError) as caught:
        collect(root, extra or {})
    return caught.value.faults


NAME = st.text("ab.-_ é", min_size=1, max_size=6).filter(
    lambda name: set(name) != {"."} and not name.startswith("._")
)
TREES = st.dictionaries(st.sampled_from(["", "x/", "x/y/"]), st.dictionaries(NAME, st.binary(max_size=40)))


def flattened(tree: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    """Files by their whole path."""
    return {folder + name: data for folder, files in tree.items() for name, data in files.items()}


@pytest.mark.covers(27)
@given(TREES.map(flattened).filter(bool), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_digest_is_of_the_content_only(files: dict[str, bytes], chance: object) -> None:
    """Two copies made in another order, at another time, with other group rights, are equal."""
    order = list(files)
    chance.shuffle(order)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        write(Path(one), files)
        write(Path(two), {name: files[name] for name in order})
        for name in order:
            os.utime(Path(two, name), (1, 1))
            Path(two, name).chmod(0o666)
        first, second = collect(Path(one)), collect(Path(two))
        assert names(first) == sorted(files)
        assert (first.digest, first.files, first.size) == (second.digest, second.files, second.size)
        first.write_tar(Path(one, "t"))
        second.write_tar(Path(two, "t"))
        assert Path(one, "t").read_bytes() == Path(two, "t").read_bytes()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda root: (root / "a").write_text("A"), "content"),
        (lambda root: (root / "d").rename(root / "e"), "name"),
        (lambda root: (root / "a").chmod(0o755), "the owner's x"),
        (lambda root: (root / "new").write_text(""), "one file more"),
        (lambda root: ((root / "c").unlink(), (root / "c").write_text("a")), "a link made a file"),
        (lambda root: ((root / "c").unlink(), (root / "c").symlink_to("d")), "a link's target"),
    ],
)
def test_each_change_changes_the_digest(tmp_path: Path, change: object, what: str) -> None:
    """Whatever a release would show differently gives another digest."""
    write(tmp_path, {"a": "a", "d": "a"})
    (tmp_path / "c").symlink_to("a")
    before = collect(tmp_path).digest
    change(tmp_path)  # type: ignore[operator]
    assert collect(tmp_path).digest != before, what


@pytest.mark.covers(24)
def test_archives_are_equal_wherever_they_are_made(tmp_path: Path) -> None:
    """Umask, time zone and locale of the process don't reach the archives' bytes."""
    root = write(tmp_path / "app", {"ä/long" + "x" * 120: "1", "run.py": "2", "b/c.sh": "3"})
    (root / "b" / "c.sh").chmod(0o4777)
    (root / "link").symlink_to("b/c.sh")
    code = (
        "import os, pathlib, sys; os.umask(int(sys.argv[3], 8)); from components import bundle\n"
        "b = bundle.collect(pathlib.Path(sys.argv[1])); out = pathlib.Path(sys.argv[2])\n"
        "b.write_tar(out.with_suffix('.tar')); b.write_zip(out.with_suffix('.zip'))"
    )
    worlds = [("0", "UTC", "C"), ("077", "Asia/Tokyo", "C.UTF-8")]
    sums = set()
    for number, (umask, zone, language) in enumerate(worlds):
        out = tmp_path / f"out{number}"
        arguments = [sys.executable, "-c", code, str(root), str(out), umask]
        repository = str(Path(__file__).parents[2])
        surroundings = {**os.environ, "TZ": zone, "LC_ALL": language, "PYTHONPATH": repository}
        subprocess.run(arguments, check=True, env=surroundings)
        both = (out.with_suffix(".tar").read_bytes(), out.with_suffix(".zip").read_bytes())
        sums.add(tuple(hashlib.sha256(data).hexdigest() for data in both))
    assert len(sums) == 1


@pytest.mark.covers(24)
def test_the_tar_holds_what_was_collected(tmp_path: Path) -> None:
    """Names, modes, links and content arrive; owners and dates of this computer don't."""
    root = write(tmp_path / "app", {"-x": "dash", "b/run": "#!", "n": "n" * 300})
    (root / "b" / "run").chmod(0o6711)
    (root / "n").chmod(0o677)
    (root / "b" / "up").symlink_to("../n")
    collect(root).write_tar(tmp_path / "t.tar")
    with tarfile.open(tmp_path / "t.tar") as tar:
        members = {member.name: member for member in tar}
        assert {name: oct(member.mode) for name, member in members.items()} == {
            "-x": "0o644", "b": "0o755", "b/run": "0o755", "b/up": "0o777", "n": "0o644",
        }  # fmt: skip
        assert members["b/up"].linkname == "../n"
        assert {(m.uid, m.gid, m.uname, m.gname) for m in members.values()} == {(0, 0, "", "")}
        assert tar.extractfile("n").read() == b"n" * 300  # type: ignore[union-attr]


def test_the_zip_holds_what_was_collected(tmp_path: Path) -> None:
    """The zip has Unix modes and links, and stores its members without compression."""
    root = write(tmp_path / "app", {"b/run": "#!", "ü": "x"})
    (root / "b" / "run").chmod(0o700)
    (root / "l").symlink_to("b/run")
    collect(root, {"Procfile": b"web: x"}).write_zip(tmp_path / "z.zip")
    with zipfile.ZipFile(tmp_path / "z.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert modes == {
            "Procfile": stat.S_IFREG | 0o644,
            "b/run": stat.S_IFREG | 0o755,
            "l": stat.S_IFLNK | 0o777,
            "ü": stat.S_IFREG | 0o644,
        }
        assert archive.read("l") == b"b/run"
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_change_of_the_same_size_gets_another_date(tmp_path: Path) -> None:
    """Web servers make ETags of date and size: browsers must see the change."""
    dates = []
    for content in ("aaaa", "bbbb", "aaaa"):
        collect(write(tmp_path / "app", {"style.css": content})).write_tar(tmp_path / "t")
        with tarfile.open(tmp_path / "t") as tar:
            dates.append(tar.getmember("style.css").mtime)
    assert dates[0] == dates[2] != dates[1]


def test_a_failed_write_leaves_the_old_archive(tmp_path: Path) -> None:
    """An archive is replaced at once or not at all, and nothing is left beside it."""
    root = write(tmp_path / "app", {"a": "1"})
    bundle = collect(root)
    out = tmp_path / "out"
    out.mkdir()
    bundle.write_tar(out / "t")
    before = (out / "t").read_bytes()
    (root / "a").write_text("2")
    for writer in (bundle.write_tar, bundle.write_zip):
        with pytest.raises(ConfigError, match=r"^a: changed while it was packed; run"):
            writer(out / "t")
    assert (out / "t").read_bytes() == before
    assert [path.name for path in out.iterdir()] == ["t"]


@pytest.mark.covers(28)
@pytest.mark.parametrize("after", ["", "1", "123", None])
def test_a_file_that_changes_size_or_goes_is_noticed(tmp_path: Path, after: str | None) -> None:
    """Shorter, longer, gone or turned into a link: packing stops with the file's name."""
    root = write(tmp_path / "app", {"a": "12"})
    bundle = collect(root)
    (root / "a").unlink()
    if after is None:
        (root / "a").symlink_to(write(tmp_path, {"same": "12"}) / "same")
    elif after:
        (root / "a").write_text(after)
    for writer in (bundle.write_tar, bundle.write_zip):
        with pytest.raises(ConfigError, match=r"^a: changed while it was packed"):
            writer(tmp_path / "t")


LEFT_OUT = [
    ".git/config", ".hg/x", ".svn/x", ".venv/x", "venv/x", "env/pyvenv.cfg", "env/bin/python",
    "a/__pycache__/m.cpython-311.pyc", "a/m.pyc", ".mypy_cache/x", ".ruff_cache/x", ".tox/x",
    ".pytest_cache/x", ".nox/x", "node_modules/p/x.js", ".DS_Store", "a/.DS_Store", ".idea/x",
    ".vscode/x", "Pulumi.yaml", "Pulumi.prod.yaml", ".gitignore", "a/.deployignore", "app.sqlite3",
    "instance/app.db", "instance/app.db-wal", "a/._run.py",
]  # fmt: skip


@pytest.mark.covers(20)
def test_what_no_deployment_needs_is_left_out(tmp_path: Path) -> None:
    """Caches, version control, environments, databases and Pulumi's files stay, and it is said."""
    write(tmp_path, dict.fromkeys(LEFT_OUT, ""))
    write(tmp_path, {"run.py": "", ".flaskenv": "", ".env.example": "", "a/data.json": ""})
    bundle = collect(tmp_path)
    assert names(bundle) == [".env.example", ".flaskenv", "a/data.json", "run.py"]
    for name in LEFT_OUT:
        assert any(name == left or name.startswith(left) for left in bundle.left_out), name
    assert "instance/app.db-wal" in bundle.left_out
    assert "app.sqlite3, instance/app.db, instance/app.db-wal (databases: they belong to a " in (
        bundle.left_out_in_words()
    )


def test_git_as_a_file_is_left_out(tmp_path: Path) -> None:
    """In a worktree or submodule `.git` is a file."""
    assert names(collect(write(tmp_path, {".git": "gitdir: x", "a": ""}))) == ["a"]


@pytest.mark.parametrize(
    ("ignore_files", "shipped"),
    [
        ({}, ["a.log", "b/a.log", "b/keep.log", "dist/app.css", "dist/x/y"]),
        ({".gitignore": "*.log\n"}, ["dist/app.css", "dist/x/y"]),
        ({".gitignore": "/a.log\n"}, ["b/a.log", "b/keep.log", "dist/app.css", "dist/x/y"]),
        ({".gitignore": "*.log\n!keep.log\n"}, ["b/keep.log", "dist/app.css", "dist/x/y"]),
        (
            {".gitignore": "*.log\n", "b/.gitignore": "!a.log\n"},
            ["b/a.log", "dist/app.css", "dist/x/y"],
        ),
        ({".gitignore": "*.log\nb/\n", "b/.gitignore": "!a.log\n"}, ["dist/app.css", "dist/x/y"]),
        ({"b/.gitignore": "/a.log\n/x\n"}, ["a.log", "b/keep.log", "dist/app.css", "dist/x/y"]),
        ({".deployignore": "b\ndist/\n"}, ["a.log"]),
        (
            {".gitignore": "*.log\ndist/\n", ".deployignore": "!dist/\n"},
            ["dist/app.css", "dist/x/y"],
        ),
        ({".gitignore": "*.log\ndist/\n", ".deployignore": "!dist/app.css\n"}, ["dist/app.css"]),
        (
            {".gitignore": "*.log\ndist/", "dist/.gitignore": "!*", ".deployignore": "!dist/app.css"},
            ["dist/app.css"],
        ),
        ({".gitignore": "*.log\ndist/\n", ".deployignore": "!/dist/x\n"}, ["dist/x/y"]),
        (
            {".gitignore": "*.log\n", ".deployignore": "dist/\n", "b/.deployignore": "!keep.log\n"},
            ["b/keep.log"],
        ),
        ({".gitignore": "# *.log\n\n"}, ["a.log", "b/a.log", "b/keep.log", "dist/app.css", "dist/x/y"]),
        ({".gitignore": "\ufeff*.log\r\ndist/\r\n", ".deployignore": "!b/keep.log"}, ["b/keep.log"]),
    ],
)  # fmt: skip
def test_ignore_files(tmp_path: Path, ignore_files: dict[str, str], shipped: list[str]) -> None:
    """Nested files count, the deepest has the last word, and .deployignore wins over .gitignore."""
    write(tmp_path, dict.fromkeys(["a.log", "b/a.log", "b/keep.log", "dist/app.css", "dist/x/y"], ""))
    write(tmp_path, {**ignore_files, "run.py": ""})
    assert names(collect(tmp_path)) == sorted([*shipped, "run.py"])


def test_deployignore_brings_back_what_is_usually_left_out(tmp_path: Path) -> None:
    """Packages for browsers and read-only databases can be shipped, if it is said."""
    write(tmp_path, {"node_modules/boot/b.css": "", "node_modules/react/r.js": "", "geo.db": ""})
    write(tmp_path, {".deployignore": "!node_modules/boot/\n!geo.db\n!.git\n!.git/x\n", ".git/x": ""})
    assert names(collect(tmp_path)) == ["geo.db", "node_modules/boot/b.css"]


@pytest.mark.covers(20)
@pytest.mark.parametrize("name", [".env", ".env.prod", ".ENV", "a/.netrc", ".pypirc", ".aws/x", ".ssh/x"])
def test_files_for_credentials_are_refused_unless_ignored(tmp_path: Path, name: str) -> None:
    """They are named with the remedy; an ignored one is simply left out."""
    write(tmp_path, {name: "x", "run.py": ""})
    shown = name.removesuffix("/x")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{shown}: a f")
    assert "add it to .deployignore or remove it, and give the value as a secret" in fault
    write(tmp_path, {".gitignore": f"{shown}\n"})
    assert names(collect(tmp_path)) == ["run.py"]


@pytest.mark.covers(20)
@pytest.mark.parametrize(
    ("name", "content", "refused"),
    [
        ("id_rsa", KEY, "holds a private key"),
        ("tls/server.pem", "cert\n" + KEY, "holds a private key"),
        ("keys.yaml", "key: |\n  " + KEY, "holds a private key"),
        ("pgp.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "holds a private key"),
        ("sa.json", '{"private_key": "-----BEGIN PRIVATE KEY-----\\nM"}', "the key of a service account"),
        ("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a Git LFS pointer"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\n", ""),
        ("pub.key", "-----BEGIN PUBLIC KEY-----\n", ""),
        ("check.py", 'HEADER = "-----BEGIN RSA PRIVATE KEY-----"\n', ""),
        ("check.md", "Files with `-----BEGIN PRIVATE KEY-----` are refused", ""),
        ("large.txt", KEY + "x" * 65536, "holds a private key"),
    ],
)  # fmt: skip
def test_keys_are_refused_by_content(tmp_path: Path, name: str, content: str, refused: str) -> None:
    """A key is refused whatever its file is called; text that only mentions one is not."""
    write(tmp_path, {name: content, "run.py": ""})
    if refused:
        (fault,) = faults(tmp_path)
        assert fault.startswith(f"{name}: ")
        assert refused in fault
    else:
        assert names(collect(tmp_path)) == sorted([name, "run.py"])


@pytest.mark.covers(21)
@pytest.mark.parametrize(
    ("link", "target", "why"),
    [
        ("l", "/etc/passwd", "is absolute"),
        ("l", "nothing", "points to nothing"),
        ("l", "../other", "leaves the app's folder"),
        ("l", "../app/run.py", "leaves the app's folder"),
        ("pkg/l", "../../other", "leaves the app's folder"),
        ("l", "l", "goes round in circles"),
        ("pkg/l", "..", "points to a folder that it lies in"),
        ("pkg/l", "../pkg", "points to a folder that it lies in"),
        ("l", "ignored.txt", "points to something that is left out"),
        ("l", "ignored.link", "points to something that is left out"),
        ("l", "run.py/x", "points to nothing"),
        ("l", "pkg/mod.py", ""),
        ("l", "pkg", ""),
        ("pkg/l", "./../pkg/../run.py", ""),
        ("l", "inner", ""),
    ],
)
def test_links_stay_in_the_app(tmp_path: Path, link: str, target: str, why: str) -> None:
    """A link is shipped as a link if it ends at a shipped file wherever the app lies."""
    root = write(tmp_path / "app", {"run.py": "", "pkg/mod.py": "", "ignored.txt": ""})
    write(root, {".gitignore": "ignored.*\n"})
    write(tmp_path / "other", {"x": ""})
    (root / "inner").symlink_to("pkg/mod.py")
    (root / "ignored.link").symlink_to("run.py")
    (root / link).symlink_to(target)
    if why:
        (fault,) = faults(root)
        assert fault.startswith(f"{link}: the link to ")
        assert f" {why}; put the file itself there or add the link to .deployignore" in fault
    else:
        item = next(item for item in collect(root).files if item.path == link)
        assert item.target == str(Path(target))


STEPS = st.lists(st.sampled_from(["..", ".", "a", "b", "l", "m"]), min_size=1, max_size=5).map("/".join)


@given(STEPS, STEPS)
@settings(max_examples=60, deadline=None)
def test_a_followed_link_ends_where_the_system_ends(one: str, two: str) -> None:
    """Whatever is let through resolves, inside the folder, to what the system says."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(root, {"a/a/a": "", "a/b": "", "b/a": ""})
        (root / "a" / "l").symlink_to(one)
        (root / "m").symlink_to(two)
        for link in ("a/l", "m"):
            try:
                end, _ = links.follow(root, link)
            except links.LinkError:
                continue
            assert root / end == (root / link).resolve(strict=True)
            assert (root / end).is_relative_to(root)


@pytest.mark.covers(21)
def test_links_that_chase_each_other_end(tmp_path: Path) -> None:
    """Two links that point to each other are refused, not followed for ever."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(links.LinkError, match="circles"):
        links.follow(tmp_path, "a")


@pytest.mark.covers(22)
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"'a\nb'"),
        ("a\x1bb", r"'a\x1bb'"),
        (os.fsdecode(b"a\xff"), r"'a\udcff'"),
        ("\u2028", r"'\u2028'"),
    ],
)
def test_names_that_break_lines_or_encodings_are_refused(tmp_path: Path, name: str, shown: str) -> None:
    """The message itself stays one printable line."""
    write(tmp_path, {name: ""})
    assert faults(tmp_path) == (f"{shown}: its name should be printable UTF-8 text; rename it",)


@pytest.mark.covers(22)
@pytest.mark.parametrize(("one", "two"), [("Run.py", "run.py"), ("caf\u00e9", "cafe\u0301"), ("A/x", "a/y")])
def test_names_that_collide_elsewhere_are_refused(tmp_path: Path, one: str, two: str) -> None:
    """On macOS and Windows a folder keeps only one of two such files."""
    write(tmp_path, {one: "", two: ""})
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes them for one already")
    (fault,) = faults(tmp_path)
    assert "in case or Unicode form only, and other file systems keep one of the two" in fault


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder, and no root's right to read everything."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        write(root, {"run.py": "", "locked": "", "closed/x": ""})
        (root / "locked").chmod(0)
        (root / "closed").chmod(0)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        yield root
        os.seteuid(before)
        (root / "closed").chmod(0o755)


@pytest.mark.covers(18)
def test_unreadable_files_are_named(as_nobody: Path) -> None:
    """All of them, in one go."""
    assert [fault.partition(";")[0] for fault in faults(as_nobody)] == [
        "closed: can't be read (Permission denied)",
        "locked: can't be read (Permission denied)",
    ]


@pytest.mark.covers(22)
def test_pipes_and_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are refused without being opened: a pipe would wait for ever."""
    write(tmp_path, {"run.py": ""})
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's own path may only be short
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("sock")
    assert [fault.partition(";")[0] for fault in faults(tmp_path)] == [
        "pipe: is a socket, pipe or device",
        "sock: is a socket, pipe or device",
    ]


@pytest.mark.covers(18)
def test_an_empty_bundle_is_refused(tmp_path: Path) -> None:
    """Nothing to deploy is a fault, and it says what was left out."""
    write(tmp_path, {".venv/x": "", "empty/.gitignore": ""})
    (fault,) = faults(tmp_path, {"Procfile": b""})
    assert fault.endswith("holds no file to deploy; left out: .venv/, empty/.gitignore")


def test_the_app_s_folder_is_no_environment(tmp_path: Path) -> None:
    """`python -m venv .` makes the app's folder one; that would leave everything out."""
    write(tmp_path, {"pyvenv.cfg": "", "run.py": ""})
    assert faults(tmp_path)[0].startswith("pyvenv.cfg: the app's folder is itself a virtual")


def test_a_bad_pattern_is_named(tmp_path: Path) -> None:
    """An ignore file that can't be understood is not taken for an empty one."""
    write(tmp_path, {"run.py": "", "a/.deployignore": "x\n\\\n"})
    assert faults(tmp_path)[0].startswith("a/.deployignore: can't be used: Invalid git pattern")


def test_generated_files_are_part_of_the_bundle(tmp_path: Path) -> None:
    """They count in the digest and the archive, as if they were there."""
    write(tmp_path, {"run.py": ""})
    one = collect(tmp_path, {"b/Procfile": b"web: one"})
    assert names(one) == ["b/Procfile", "run.py"]
    assert one.size == 8
    assert one.digest != collect(tmp_path, {"b/Procfile": b"web: two"}).digest
    write(tmp_path, {"b/Procfile": "web: one"})
    assert one.digest == collect(tmp_path).digest


@pytest.mark.parametrize("name", ["run.py", "pkg", "run.py/x", "pkg/mod.py"])
def test_generated_files_never_replace_the_app_s(tmp_path: Path, name: str) -> None:
    """A name that is taken, as a file or a folder, is a fault."""
    write(tmp_path, {"run.py": "", "pkg/mod.py": ""})
    assert faults(tmp_path, {name: b""})[0].startswith(f"{name}: is the name of a file that is gener")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """One run of the command shows everything that has to be mended."""
    write(tmp_path, {".env": "", "k/id_rsa": KEY, "a\nb": "", "run.py": ""})
    (tmp_path / "l").symlink_to("/")
    assert len(faults(tmp_path)) == 4


def test_holds_finds_folders_by_name_and_by_link(tmp_path: Path) -> None:
    """A folder counts if a file below it is shipped; names are compared exactly."""
    write(tmp_path, {"static/css/a.css": "", "gone/.gitignore": "*"})
    (tmp_path / "public").symlink_to("static")
    bundle = collect(tmp_path)
    found = [name for name in ("static", "static/css", "public", "public/css") if bundle.holds(name)]
    assert found == ["static", "static/css", "public", "public/css"]
    assert not any(bundle.holds(name) for name in ("gone", "Static", "stat", "static/css/a.css"))


def test_big_files_are_streamed(tmp_path: Path) -> None:
    """Collecting and packing needs far less memory than the biggest file (here: half of it)."""
    root = write(tmp_path / "app", {"run.py": ""})
    with (root / "big").open("wb") as big:
        big.truncate(32 << 20)
    tracemalloc.start()
    bundle = collect(root)
    bundle.write_tar(tmp_path / "t")
    bundle.write_zip(tmp_path / "z")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bundle.size == 32 << 20
    assert peak < 16 << 20
