"""The app's folder or commit: what may be named, and what a repository gives, online and offline."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from components import checkout
from components.errors import ConfigError
from components.source import GitSource, Source, locate


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, and return what it prints."""
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(repository: Path) -> str:
    """Commit all that is there; return the id."""
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--message", "x")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and none of the user's git configuration."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on branch `main`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "backend").mkdir()
    (folder / "backend" / "run.py").write_bytes(b"one\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")
    # What git archive and git checkout would do to files, if they were let.
    (folder / ".gitattributes").write_text("* text eol=crlf ident\nrun.sh export-ignore\n")
    (folder / "id.txt").write_text("$Id$\n")
    commit(folder)
    return folder


def find(url: Path | str, ref: str, path: str = "") -> Source:
    """Where the files of that commit are."""
    return locate(project=Path("/"), path=None, git=GitSource(url=str(url), ref=ref, path=path))


def listing(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def faults(url: Path | str, ref: str, path: str = "") -> tuple[str, ...]:
    """The faults that this gives; it has to give some."""
    with pytest.raises(ConfigError) as caught:
        find(url, ref, path)
    return caught.value.faults


def test_a_commit_s_files_are_copied_as_they_are(repository: Path) -> None:
    """Bytes, modes and links are the commit's; attributes change nothing; `.git` is not there."""
    (repository / "backend" / "uncommitted").write_text("x")
    head = git(repository, "rev-parse", "HEAD")
    source = find(repository, head.upper())
    assert source.commit == head
    root = source.root
    assert listing(root) == [".gitattributes", "backend", "id.txt", "link", "run.sh"]
    assert listing(root / "backend") == ["run.py"]
    in_commit = subprocess.check_output(["git", "-C", repository, "show", "HEAD:backend/run.py"])
    assert (root / "backend" / "run.py").read_bytes() == in_commit
    assert (root / "id.txt").read_text() == "$Id$\n"
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) & 0o100
    assert (root / "link").readlink() == Path("run.sh")


@pytest.mark.parametrize("options", [[], ["--annotate", "--message=x"]])
def test_a_tag_is_resolved_to_its_commit(repository: Path, options: list[str]) -> None:
    """Light and annotated tags, also ones that have since been left behind by their branch."""
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", *options, "v1.0")
    (repository / "backend" / "run.py").write_text("two")
    commit(repository)
    for ref in ("v1.0", "refs/tags/v1.0"):
        source = find(repository, ref, "backend")
        assert (source.commit, source.root.name) == (head, "backend")
        assert (source.root / "run.py").read_text() != "two"


def test_an_old_commit_is_found(repository: Path) -> None:
    """A commit need not be the tip of anything."""
    old = git(repository, "rev-parse", "HEAD")
    (repository / "backend" / "run.py").write_text("two")
    commit(repository)
    assert (find(repository, old).root / "backend" / "run.py").read_text() != "two"


def test_a_server_that_hands_out_only_tips(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the commit comes with the history that it is part of."""
    old = git(repository, "rev-parse", "HEAD")
    (repository / "new").touch()
    commit(repository)
    for name, value in {"COUNT": "1", "KEY_0": "protocol.version", "VALUE_0": "0"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert find(repository, old).commit == old


def test_a_cached_commit_needs_no_repository(repository: Path) -> None:
    """The second run works offline."""
    head = git(repository, "rev-parse", "HEAD")
    first = find(repository, head)
    repository.rename(repository.with_name("gone"))
    assert find(repository, head) == first
    with pytest.raises(ConfigError):
        find(repository, "v1.0")


def test_a_killed_run_leaves_nothing_that_counts(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is whole or not there; what a killed run left is removed after a day."""
    head = git(repository, "rev-parse", "HEAD")
    real = checkout._git

    def interrupted(*arguments: str, **options: object) -> str:
        if "checkout-index" in arguments:
            raise KeyboardInterrupt
        return real(*arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(checkout, "_git", interrupted)
        with pytest.raises(KeyboardInterrupt):
            find(repository, head)
    (place,) = (cache / "flask-deploy" / "git").iterdir()
    assert list(place.iterdir()) == []
    left = {name: place / f".making-{name}" for name in ("old", "new")}
    for folder in left.values():
        folder.mkdir()
    os.utime(left["old"], (1, 1))
    find(repository, head)
    assert sorted(path.name for path in place.iterdir()) == [".making-new", head]


def test_two_runs_at_once_get_the_same_copy(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second takes what is there."""
    head = git(repository, "rev-parse", "HEAD")
    together = threading.Barrier(2)
    real = checkout._export

    def at_once(url: str, commit: str, work: Path) -> None:
        real(url, commit, work)
        together.wait(20)

    monkeypatch.setattr(checkout, "_export", at_once)
    found: list[Source] = []
    threads = [threading.Thread(target=lambda: found.append(find(repository, head))) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert found[0] == found[1]
    assert listing(found[0].root.parent.parent) == [head]


def test_branches_are_refused_with_today_s_commit(repository: Path) -> None:
    """A branch moves; the message gives the commit to write instead."""
    head = git(repository, "rev-parse", "HEAD")
    (fault,) = faults(repository, "main")
    assert fault.startswith("app/git/ref: main is a branch, and branches move")
    assert head in fault


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("HEAD", "app/git/ref: HEAD follows a branch, and branches move"),
        ("refs/heads/main", "app/git/ref: refs/heads/main follows a branch"),
        ("origin/main", "app/git/ref: origin/main follows a branch"),
        ("v9", "has no tag v9; push it"),
        ("deadbee", "has no tag deadbee; a commit id needs all its 40 digits"),
        ("d" * 40, f"has no commit {'d' * 40}; push it first, or give a tag's name"),
        ("--upload-pack=x", "app/git/ref: --upload-pack=x should be a full commit id or a tag"),
        ("a..b", "app/git/ref: a..b should be a full commit id or a tag"),
        ("v1^{}", "app/git/ref: v1^{} should be a full commit id or a tag"),
        ("", "app/git/ref: '' should be a full commit id or a tag"),
    ],
)
def test_refs_that_name_no_commit(repository: Path, ref: str, message: str) -> None:
    """Only a tag or a full commit id names the same files for ever."""
    (fault,) = faults(repository, ref)
    assert message in fault


def test_a_tag_object_s_id_is_no_commit(repository: Path) -> None:
    """The id of an annotated tag is 40 digits too, and would not be the release's commit."""
    git(repository, "tag", "--annotate", "--message=x", "v1")
    assert "has no commit" in faults(repository, git(repository, "rev-parse", "v1"))[0]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "app/git/url: '' should be https://"),
        ("--upload-pack=touch x", "should be https://"),
        ("ext::sh -c id", "should be https://"),
        ("ext::id", "should be https://"),
        ("fd::17", "should be https://"),
        ("../repository", "should be https://"),
        ("git@-oProxyCommand=x:y", "should be https://"),
        ("git@host.example:-x", "should be https://"),
        ("https://host.example/a\nb", r"'https://host.example/a\nb' should be https://"),
        ("http://host.example/x", "http:// is not supported"),
        ("git://host.example/x", "git:// is not supported"),
        ("file:///x", "file:// is not supported"),
        ("ssh://-oProxyCommand=x/y", "names no host"),
        ("https:///x", "names no host"),
        ("https://me:pa55word@host.example/x", "holds a password or token"),
        ("ssh://me:pa55word@host.example/x", "holds a password or token"),
        (f"https://{'pa55word' * 5}@host.example/x", "holds a password or token"),
        ("https://host.example/x?token=pa55word", "nothing may stand behind '?'"),
    ],
)
def test_urls_that_are_refused(url: str, message: str) -> None:
    """No programs, no plain text protocols, no passwords; and a password is never repeated."""
    (fault,) = faults(url, "v1")
    assert fault.startswith("app/git/url: ")
    assert message in fault
    assert "pa55word" not in fault


@pytest.mark.parametrize(
    "url",
    [
        "https://host.example/me/shop.git",
        "https://me@host.example:8443/shop",
        "ssh://git@host.example/shop",
        "git@host.example:me/shop.git",
        "host.example:shop",
        "/srv/git/shop",
    ],
)
def test_urls_that_are_allowed(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They reach git as they are."""
    copy = checkout.Copy(tree=tmp_path, commit="c", submodules=())
    seen = []

    def answer(given: str, *_: object, **__: object) -> checkout.Copy:
        seen.append(given)
        return copy

    monkeypatch.setattr(checkout, "fetch", answer)
    find(url, "v1")
    assert seen == [url]


@pytest.mark.parametrize("path", ["..", "/etc", "a/../../b", "a\0b", "nothing", "run.sh", "out"])
def test_sub_folders_lie_in_the_repository(repository: Path, path: str) -> None:
    """Outside, missing, a file, a link that leaves: each is named."""
    (repository / "out").symlink_to("/")
    (fault,) = faults(repository, commit(repository), path)
    assert fault.startswith("app/git/path: ")
    assert fault.endswith("for example backend")


def test_submodules_are_refused_where_they_matter(repository: Path) -> None:
    """Their files aren't in the commit; below another folder they don't matter, cached or not."""
    entry = f"160000,{git(repository, 'rev-parse', 'HEAD')},backend/lib"
    git(repository, "update-index", "--add", "--cacheinfo", entry)
    (repository / "other").mkdir()
    (repository / "other" / "run.py").write_text("")
    git(repository, "add", "other")
    git(repository, "commit", "--quiet", "--message", "x")
    head = git(repository, "rev-parse", "HEAD")
    find(repository, head, "other")
    for path in ("backend", ""):
        (fault,) = faults(repository, head, path)
        assert fault.startswith("backend/lib: is a git submodule, its files are not part of")


def test_all_faults_come_at_once() -> None:
    """URL, ref and path are all judged before git is run."""
    assert len(faults("http://host.example/x", "HEAD", "..")) == 3


def test_git_can_t_ask_and_can_t_hang(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no terminal, no prompt and a time limit, and all it started ends with it."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\necho $GIT_TERMINAL_PROMPT > {tmp_path}/prompt\n"
        f"(: < /dev/tty) 2>/dev/null && echo tty >> {tmp_path}/prompt\n"
        f"sleep 60 & echo $! > {tmp_path}/child\nwait\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(checkout, "_ASK_SECONDS", 0.3)
    start = time.monotonic()
    (fault,) = faults(repository, "v1")
    assert "did not answer within 0 s" in fault
    assert time.monotonic() - start < 5
    assert (tmp_path / "prompt").read_text() == "0\n"
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}/stat").exists() or _is_dead(child):
            break
        time.sleep(0.01)
    else:
        pytest.fail("what git started is still running")


def _is_dead(child: int) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_without_git_the_message_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program is a fault with a remedy, not a traceback."""
    monkeypatch.setenv("PATH", "")
    (fault,) = faults(repository, "v1")
    assert fault.startswith("app/git: git can't be run (No such file or directory); install it")


def test_git_s_complaint_is_shown_in_one_line(tmp_path: Path) -> None:
    """What git said helps; a password that the user's own configuration adds is taken out."""
    (fault,) = faults(tmp_path / "nothing", "v1")
    assert fault.startswith(f"app/git/url: git can't read {tmp_path}/nothing: fatal: ")
    assert "\n" not in fault
    assert checkout.redact("fatal: 'https://me:pw@host/x' failed") == "fatal: 'https://…@host/x' failed"


def test_a_git_hook_s_surroundings_don_t_matter(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`pulumi up` from a git hook works: variables that name the hook's repository are dropped."""
    head = git(repository, "rev-parse", "HEAD")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert (find(repository, head).root / "run.sh").exists()


def test_a_folder_is_relative_to_the_project(tmp_path: Path) -> None:
    """So that the stack's file works in every clone."""
    (tmp_path / "project").mkdir()
    (tmp_path / "shop").mkdir()
    source = locate(project=tmp_path / "project", path="../shop", git=None)
    assert source == Source(root=(tmp_path / "shop").resolve(), commit=None)


@pytest.mark.covers(18)
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing", "app/path: nothing (that is {root}/nothing) does not exist; it is relative"),
        ("file", "app/path: file (that is {root}/file) is a file; give the folder that it lies"),
        ("~/shop", "app/path: ~/shop: '~' is for shells only; it is relative to the folder of"),
        ("", "app/path: '' names no folder; it is relative to the folder of Pulumi.yaml"),
        ("a\0b", r"app/path: 'a\x00b' names no folder; it is relative to the folder of Pul"),
        (None, "app/path: is missing; give the app's folder, for example ../shop, or app/git"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, path: str | None, message: str) -> None:
    """Each says what it looked at and where paths begin."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as caught:
        locate(project=tmp_path, path=path, git=None)
    assert caught.value.faults[0].startswith(message.format(root=tmp_path))


def test_path_and_git_exclude_each_other(tmp_path: Path) -> None:
    """Which one would be deployed is not guessed."""
    with pytest.raises(ConfigError, match="stands beside app/git; keep the one that is meant"):
        locate(project=tmp_path, path=".", git=GitSource(url="/x", ref="v1"))
