"""What a build refuses before anything is installed, by the rules of heroku-buildpack-python v351."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from sandbox.plugins.heroku import suites
from sandbox.plugins.heroku.guest import build, cache, detect, places, python_version, slug
from sandbox.plugins.heroku.guest.output import BuildError

if TYPE_CHECKING:
    from pathlib import Path


def source(folder: Path, **files: str) -> Path:
    """A source with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.mark.parametrize(
    ("files", "manager"), [({"requirements.txt": ""}, "pip"), ({"uv.lock": "", "pyproject.toml": ""}, "uv")]
)
def test_package_managers(files: dict[str, str], manager: str, tmp_path: Path) -> None:
    """One lock or list of requirements says which it is (lib/package_manager.sh)."""
    assert detect.package_manager(source(tmp_path, **files)) == manager


@pytest.mark.parametrize(
    ("files", "sign"),
    [
        ({"app.py": "", "sub/x": ""}, "Couldn't find any supported Python package manager files"),
        ({"setup.py": ""}, "Implicit setup.py file support has been sunset"),
        ({"Pipfile": ""}, "No 'Pipfile.lock' found!"),
        ({"requirements.txt": "", "uv.lock": ""}, "requirements.txt (pip)\nuv.lock (uv)"),
    ],
)
def test_package_managers_refused(files: dict[str, str], sign: str, tmp_path: Path) -> None:
    """None, a deprecated one and several are refused (lib/package_manager.sh)."""
    with pytest.raises(BuildError) as refused:
        detect.package_manager(source(tmp_path, **files))
    assert sign in str(refused.value)


def test_the_root_is_listed(tmp_path: Path) -> None:
    """Who has no package manager file sees what is at the root, dotfiles and folders' slashes too."""
    with pytest.raises(BuildError, match=r"\n\.hidden\napp\.py\nsub/\n"):
        detect.package_manager(source(tmp_path, **{"app.py": "", ".hidden": "", "sub/x": ""}))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".python-version": "3.13\n"}, ("3.13", "3.13.15", ".python-version", "trixie")),
        ({".python-version": "# why\n\n 3.11.4 \n"}, ("3.11.4", "3.11.4", ".python-version", "bookworm")),
        ({".python-version": "3.12"}, ("3.12", "3.12.14", ".python-version", "trixie")),
        ({".python-version": "3.10"}, ("3.10", "3.10.21", ".python-version", "bookworm")),
        ({"runtime.txt": "python-3.11\n"}, ("3.11", "3.11.16", "runtime.txt", "bookworm")),
        (
            {"runtime.txt": "python-3.14", ".python-version": "3.11"},
            ("3.14", "3.14.7", "runtime.txt", "trixie"),
        ),
        ({}, ("3.14", "3.14.7", "default", "trixie")),
    ],
)
def test_python_versions(files: dict[str, str], expected: tuple[str, ...], tmp_path: Path) -> None:
    """What is asked for, what Heroku installs, where that stands, what it runs on here."""
    found = python_version.requested(source(tmp_path, **files))
    assert (found.version, found.full, found.origin, found.suite) == expected


def test_a_version_sticks(tmp_path: Path) -> None:
    """An app that asks for none keeps the last build's (lib/python_version.sh)."""
    found = python_version.requested(tmp_path, "3.11")
    assert (found.version, found.origin) == ("3.11", "cached")


@pytest.mark.parametrize(
    ("name", "content", "sign"),
    [
        ("python-version", "3.13", "spelled incorrectly"),
        (".python-version.txt", "3.13", "'.python-version.txt'"),
        (".python-version", "3.9", "Python 3.9 has reached its upstream end-of-life"),
        (".python-version", "2.7.18", "has reached end-of-life"),
        (".python-version", "3.15", "The requested Python version 3.15 isn't recognised"),
        (".python-version", "python-3.13", "The following version was found:\npython-3.13"),
        (".python-version", "3.13.*", "isn't\n"),
        (".python-version", "\ufeff3.13", "UTF-8 (with BOM)"),
        (".python-version", "# 3.13\n", "No Python version found"),
        (".python-version", "3.12\n3.13\n", "Multiple Python versions"),
        ("runtime.txt", "3.13", "Invalid Python version in runtime.txt"),
    ],
)
def test_python_versions_refused(name: str, content: str, sign: str, tmp_path: Path) -> None:
    """Misspelt, unknown, too old, not a version (lib/python_version.sh)."""
    with pytest.raises(BuildError) as refused:
        python_version.requested(source(tmp_path, **{name: content}))
    assert sign.strip() in str(refused.value)


@pytest.mark.parametrize("folder", [".venv", "venv"])
def test_a_virtual_environment_is_refused(folder: str, tmp_path: Path) -> None:
    """One that was committed is an error (lib/checks.sh), an empty folder of that name is not."""
    (tmp_path / folder).mkdir()
    detect.refuse_virtual_environment(tmp_path)
    with pytest.raises(BuildError, match=f"Existing '{folder}/' directory found"):
        detect.refuse_virtual_environment(source(tmp_path, **{f"{folder}/pyvenv.cfg": ""}))


def test_another_buildpack_is_refused(tmp_path: Path) -> None:
    """The sandbox says that it emulates Python's alone."""
    with pytest.raises(BuildError, match="only the buildpack heroku/python is emulated"):
        build.accept(tmp_path, ["urn:buildpack:heroku/nodejs"])


def test_a_source_in_one_folder(tmp_path: Path) -> None:
    """An archive whose root is one folder stands for that folder's content, with two it does not."""
    for tops, expected in ((["a"], ["f"]), (["a", "b"], ["a", "b"])):
        folder = tmp_path / "-".join(tops)
        archive = tmp_path / f"{folder.name}.tgz"
        with tarfile.open(archive, "w:gz") as tar:
            for top in tops:
                tar.add(source(folder / top, f="x"), arcname=top)
        slug.unpack(archive, folder / "out")
        assert sorted(path.name for path in (folder / "out").iterdir()) == expected


def test_no_archive(tmp_path: Path) -> None:
    """A source that is none fails the build, not the builder."""
    (tmp_path / "a.tgz").write_text("no")
    with pytest.raises(BuildError, match="Unable to unpack"):
        slug.unpack(tmp_path / "a.tgz", tmp_path / "out")
    assert suites.of(tmp_path / "a.tgz", "") == "trixie"


def test_the_suite_is_read_from_the_archive(tmp_path: Path) -> None:
    """Which stack is needed is known before the source is unpacked in it."""
    folder = source(tmp_path / "src", **{".python-version": "3.11", "sub/.python-version": "3.13"})
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname="src")
    assert suites.of(archive, "") == "bookworm"


def test_slugignore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Patterns take files away everywhere, from the root only with a slash at the start."""
    files = {"a.md": "", "sub/a.md": "", "docs/x": "", "docs/y/z": "", "sub/docs/x": "", "keep.py": ""}
    rules = "# comment\n*.md\n/docs\n\n../outside\n"
    slug.ignore(source(tmp_path, **files, **{".slugignore": rules}))
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".slugignore", "keep.py", "sub/docs/x"]
    assert "Deleting 4 files matching .slugignore patterns." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("procfile", "types"),
    [
        ("web: gunicorn app:app\n# no\n\nrelease:  flask db upgrade  \n", {"web", "release"}),
        ("", set()),
    ],
)
def test_procfile(procfile: str, types: set[str], tmp_path: Path) -> None:
    """Every line declares a process type: https://devcenter.heroku.com/articles/procfile."""
    assert slug.process_types(source(tmp_path, Procfile=procfile)).keys() == types


def test_a_procfile_that_is_none(tmp_path: Path) -> None:
    """It is refused when the slug is made."""
    with pytest.raises(BuildError, match="cannot parse Procfile"):
        slug.process_types(source(tmp_path, Procfile="gunicorn app:app"))


def test_a_slug_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 MB compressed: https://devcenter.heroku.com/articles/slug-compiler#slug-size."""
    assert slug.MOST == 500 * 1024 * 1024
    monkeypatch.setattr(places, "SLUGS", tmp_path / "slugs")
    folder = source(tmp_path / "src", a="x" * 10_000)
    assert 0 < slug.pack(folder, "one") < 10_000
    with pytest.raises(BuildError, match=r"Compiled slug size: .* is too large \(max is"):
        slug.pack(folder, "two", most=10)
    assert [path.name for path in (tmp_path / "slugs").iterdir()] == ["one.tgz"]


def test_the_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is used while nothing of its key has changed, and says what has."""
    folder = source(tmp_path / "src", **{"requirements.txt": "a", ".heroku/python/x": ""})
    where = tmp_path / "cache"
    where.mkdir()
    about = {"stack": "heroku-24", "python": "3.13.15", "package_manager": "pip", "tool": "26"}
    key = cache.Key.of(folder, **about)
    assert not cache.restore(where, tmp_path / "a", key)
    cache.save(where, folder, key)
    assert cache.cached_python(where) == "3.13"
    for name in "ab":
        (tmp_path / name).mkdir()
    assert cache.restore(where, tmp_path / "a", key)
    assert (tmp_path / "a/.heroku/python/x").exists()
    (folder / "requirements.txt").write_text("b")
    changed = cache.Key.of(folder, **{**about, "python": "3.14.7"})
    assert not cache.restore(where, tmp_path / "b", changed)
    said = capsys.readouterr().out
    assert "- The Python version has changed from 3.13.15 to 3.14.7" in said
    assert cache.restore(where, tmp_path / "b", key)  # the next build may ask for it again
