# ruff: noqa: E501  # tables: a case a line
"""The requirements: one text for pip from each of the usual files, or a fault that says why not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import uv

from components import requirements
from components.bundle import collect
from components.errors import ConfigError
from components.pip import pyproject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.requirements import Requirements

HASH = "--hash=sha256:" + "a" * 64
LOCK = f"""
version = 1
revision = 2
requires-python = ">=3.9"
[[package]]
name = "click"
version = "8.1"
source = {{ registry = "https://index.example/simple" }}
wheels = [{{ url = "https://index.example/click-8.1-py3-none-any.whl", hash = "sha256:{"b" * 64}" }}]
[[package]]
name = "flask"
version = "3.1.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [{{ url = "https://index.example/flask-3.1.0-py3-none-any.whl", hash = "sha256:{"a" * 64}" }}]
[[package]]
name = "shop"
version = "0.1"
source = {{ virtual = "." }}
dependencies = [{{ name = "flask" }}]
[package.dev-dependencies]
dev = [{{ name = "click" }}]
"""
PROJECT = """
[project]
name = "shop"
version = "0.1"
requires-python = ">=3.9"
dependencies = ["flask"]
[dependency-groups]
dev = ["click"]
"""


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make files, path to content, and the folders they lie in."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(root: Path, files: Mapping[str, str | bytes]) -> Requirements:
    """The requirements of an app of these files."""
    return requirements.read(write(root, files))


def faults(root: Path, files: Mapping[str, str | bytes]) -> tuple[str, ...]:
    """The faults that this gives; it has to give some."""
    with pytest.raises(ConfigError) as caught:
        read(root, files)
    assert all(fault.isprintable() for fault in caught.value.faults)
    return caught.value.faults


def test_uv_lock_is_exported_with_its_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime packages only, hashes included, offline, and whatever the user's own uv is told."""
    monkeypatch.setenv("UV_NO_HASHES", "1")
    monkeypatch.setenv("UV_PROJECT", "/elsewhere")
    found = read(tmp_path, {"uv.lock": LOCK, "pyproject.toml": PROJECT})
    assert found.text == f"flask==3.1.0 \\\n    {HASH}\n"
    assert (found.source, found.hashed, found.notes) == ("uv.lock", True, ())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pyproject.toml", "uv.lock"]


def test_uv_lock_wins_and_it_is_said(tmp_path: Path) -> None:
    """Two lists are one too many; the stricter one counts."""
    files = {"uv.lock": LOCK, "pyproject.toml": PROJECT, "requirements.txt": "flask==2.0"}
    found = read(tmp_path, files)
    assert found.source == "uv.lock"
    assert found.notes == ("requirements: uv.lock is used, requirements.txt beside it is not",)


def test_uv_s_own_indexes_come_along(tmp_path: Path) -> None:
    """A package that only another index has is found there by pip too."""
    index = '[[tool.uv.index]]\nname = "x"\nurl = "https://{}index.example/cpu"\nexplicit = true\n'
    files = {"uv.lock": LOCK, "pyproject.toml": PROJECT + index.format("")}
    assert read(tmp_path, files).text.startswith("--extra-index-url https://index.example/cpu\nflask")
    told = faults(tmp_path, {"pyproject.toml": PROJECT + index.format("me:pw@")})
    assert "pyproject.toml: tool.uv.index: the address holds a user name or password" in told[0]


def test_uv_lock_with_a_folder_has_no_hashes(tmp_path: Path) -> None:
    """A folder can't be hashed, and pip takes all hashes or none; it is said."""
    lock = LOCK.replace('name = "shop"', 'name = "tools"\nversion = "1"\nsource = { directory = '
                        '"libs/tools" }\n[[package]]\nname = "shop"')  # fmt: skip
    lock = lock.replace('[{ name = "flask" }]', '[{ name = "flask" }, { name = "tools" }]')
    project = PROJECT.replace('["flask"]', '["flask", "tools"]')
    source = '[tool.uv.sources]\ntools = { path = "libs/tools" }\n'
    files = {"uv.lock": lock, "pyproject.toml": project + source}
    files["libs/tools/pyproject.toml"] = '[project]\nname = "tools"\nversion = "1"\n'
    found = read(tmp_path, files)
    assert sorted(found.text.splitlines()) == ["./libs/tools", "flask==3.1.0"]
    assert not found.hashed
    assert found.notes == ("requirements: without hashes, since libs/tools is a folder",)


def test_a_broken_lock_shows_uv_s_words(tmp_path: Path) -> None:
    """In one line, with the command that heals."""
    (fault,) = faults(tmp_path, {"uv.lock": "x", "pyproject.toml": PROJECT})
    assert fault.startswith("uv.lock: uv can't read it: ")
    assert fault.endswith("; run 'uv lock'")


def test_a_missing_uv_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As is a uv package without its program."""

    def nowhere() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(uv, "find_uv_bin", nowhere)
    expected = "uv.lock: reading it needs the program uv; install it ('pip install uv'), or make"
    assert faults(tmp_path, {"uv.lock": LOCK})[0].startswith(expected)
    monkeypatch.setitem(sys.modules, "uv", None)
    assert faults(tmp_path, {})[0].startswith(expected)


@pytest.mark.covers(19)
@pytest.mark.parametrize(
    "content",
    [
        b"flask==3.1.0\nclick>=8 ; python_version < '4'\n",
        b"\xef\xbb\xbfflask==3.1.0\r\nclick>=8 ; python_version < '4'\r\n",
        "\ufeffflask==3.1.0\r\nclick>=8 ; python_version < '4'\r\n".encode("utf-16-le"),
        "\ufeffflask==3.1.0\nclick>=8 ; python_version < '4'\n".encode("utf-16-be"),
        b"# c\n\n  flask==3.1.0 # why\n#x \\\nclick>=8 \\\n ; python_version < '4'",
        b"flask==3.1.0 # a \\\nb\nclick>=8 ; python_version < '4' \\",
        b"flask==3.1.0\nflask==3.1.0\nclick>=8 ; python_version < '4'",
        b"-r a/b.txt\nclick>=8 ; python_version < '4'",
        b"--requirement=a/c.txt",
    ],
)
def test_requirements_txt_is_normalised(tmp_path: Path, content: bytes) -> None:
    """Encodings, line ends, comments, continuations and includes leave no trace."""
    write(tmp_path, {"a/b.txt": "flask==3.1.0"})
    write(tmp_path, {"a/c.txt": "-r b.txt\n-r ../a/c.txt\nclick>=8 ; python_version < '4'"})
    found = read(tmp_path, {"requirements.txt": content})
    lines = [" ".join(line.split()) for line in found.text.splitlines()]
    assert lines == ["flask==3.1.0", "click>=8 ; python_version < '4'"]
    assert (found.source, found.hashed, found.constraints) == ("requirements.txt", False, "")
    assert "leaves versions open (click>=8" in found.notes[0]


def test_the_digest_is_of_what_pip_sees(tmp_path: Path) -> None:
    """Comments don't count; versions, constraints and hashes do."""
    digests = [
        read(tmp_path, {"requirements.txt": text, "c.txt": "click==8.1"}).digest
        for text in (
            *("flask==3.1.0", "# x\r\nflask==3.1.0  # y\n"),
            *("flask==3.1.1", "flask==3.1.0\n-c c.txt", f"flask==3.1.0 {HASH}"),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_constraints_stay_constraints(tmp_path: Path) -> None:
    """They name versions without asking for packages, so they are a text of their own."""
    files = {"requirements.txt": "flask\n-c more/c.txt", "more/c.txt": "-r d.txt\nclick==8.1"}
    found = read(tmp_path, {**files, "more/d.txt": "jinja2<4"})
    assert (found.text, found.constraints) == ("flask\n", "jinja2<4\nclick==8.1\n")


def test_options_that_pip_needs_are_kept(tmp_path: Path) -> None:
    """Hashes stand below their requirement, indexes and the like as they were."""
    text = (
        f"-i https://index.example/simple\n--extra-index-url=https://x.example\n--pre\n"
        f"--only-binary :all:\nflask[async] == 3.1.0 {HASH} \\\n  {HASH.replace('a' * 64, 'b' * 64)}"
    )
    found = read(tmp_path, {"requirements.txt": text})
    assert found.hashed
    assert found.notes == ()
    assert found.text == (
        "--index-url https://index.example/simple\n--extra-index-url https://x.example\n--pre\n"
        f"--only-binary :all:\nflask[async] == 3.1.0 \\\n    {HASH} \\\n"
        f"    {HASH.replace('a' * 64, 'b' * 64)}\n"
    )


@pytest.mark.covers(19)
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-e .", "--editable is for developing: the app runs from its own folder; leave the line"),
        ("-e git+https://host.example/x", "--editable is for developing"),
        ("--editable=./lib", "--editable is for developing"),
        (".", "requires the app itself, which runs from its folder; leave it out"),
        ("./", "requires the app itself, which runs from its folder; leave it out"),
        ("git+https://host.example/x@v1", "needs git and its credentials on every machine"),
        ("x @ git+ssh://git@host.example/x", "needs git and its credentials on every machine"),
        ("x @ hg+https://host.example/x", "needs hg and its credentials on every machine"),
        ("--index-url https://me:pw@host.example/simple", "holds a user name or password"),
        ("--extra-index-url=https://token@host.example", "holds a user name or password"),
        ("-f https://me:pw@host.example/", "holds a user name or password"),
        ("x @ https://me:pw@host.example/x.whl", "holds a user name or password"),
        ("-f ./wheels", "./wheels should be an address that machines reach, https://…"),
        ("../lib", "../lib is not in the app's folder, so no other machine has it; copy it there"),
        ("/opt/x.whl", "/opt/x.whl is not in the app's folder"),
        ("~/x.whl", "~/x.whl is not in the app's folder"),
        ("lib/../../x.tar.gz", "lib/../../x.tar.gz is not in the app's folder"),
        ("./gone", "./gone does not exist; it is looked up in the app's folder"),
        ("x.whl", "x.whl does not exist; it is looked up in the app's folder"),
        ("x @ file:///croot/x_1", "make the list with 'pip list --format=freeze' instead"),
        ("-r ../base.txt", "../base.txt is not in the app's folder"),
        ("-r gone.txt", "gone.txt does not exist"),
        ("-r https://host.example/r.txt", "https://host.example/r.txt is not in the app's folder"),
        ("-c gone.txt", "gone.txt does not exist"),
        ("--trusted-host host.example", "--trusted-host turns off the check of certificates"),
        ("--no-such-option", "--no-such-option is no option of such a file"),
        ("x @ https://${TOKEN}@host.example", "variables are not known on other machines"),
        ("flask = 3", "flask = 3 should be a requirement, for example flask==3.1.0"),
        ("flask 3", "flask 3 should be a requirement"),
        ("\x1b[31mflask", r"'\x1b[31mflask' should be a requirement"),
    ],
)
def test_lines_that_can_t_be_installed_elsewhere(tmp_path: Path, line: str, message: str) -> None:
    """Each is named with its file, its line, the reason and the remedy; no password is repeated."""
    (fault,) = faults(tmp_path, {"requirements.txt": f"flask==3.1.0\n\n{line}\n"})
    assert fault.startswith("requirements.txt:3: ")
    assert message in fault
    assert "pw" not in fault


@pytest.mark.covers(19)
def test_faults_come_all_at_once_also_from_includes(tmp_path: Path) -> None:
    """An included file is named itself, a loop is no fault."""
    files = {"requirements.txt": "-e .\n-r a.txt\nflask", "a.txt": "-r requirements.txt\n-e ."}
    assert [fault.split(" ")[0] for fault in faults(tmp_path, files)] == [
        "requirements.txt:1:",
        "a.txt:2:",
    ]


def test_some_hashes_are_none(tmp_path: Path) -> None:
    """On the machine pip would refuse the whole file; it is said before."""
    (fault,) = faults(tmp_path, {"requirements.txt": f"flask==3.1.0 {HASH}\nclick==8.1"})
    assert fault.startswith("requirements: click==8.1 has no --hash and others have, and pip takes")


def test_folders_of_the_app_are_part_of_the_requirements(tmp_path: Path) -> None:
    """A change in one changes the digest; one that isn't deployed is a fault."""
    files = {"requirements.txt": "flask==3\n./libs/tools[x] ; python_version>'3'\nw/x-1.whl"}
    write(tmp_path, {**files, "libs/tools/setup.py": "1", "w/x-1.whl": "1", "run.py": "1"})
    first = requirements.read(tmp_path, collect(tmp_path))
    assert first.text == "flask==3\n./libs/tools[x] ; python_version>'3'\n./w/x-1.whl\n"
    write(tmp_path, {"run.py": "2"})
    assert requirements.read(tmp_path, collect(tmp_path)).digest == first.digest
    write(tmp_path, {"libs/tools/setup.py": "2"})
    assert requirements.read(tmp_path, collect(tmp_path)).digest != first.digest
    write(tmp_path, {".gitignore": "*.whl\n"})
    with pytest.raises(ConfigError, match=r"^requirements.txt: w/x-1.whl is required but left out"):
        requirements.read(tmp_path, collect(tmp_path))


def test_pyproject_lists_dependencies(tmp_path: Path) -> None:
    """Without a lock they are taken as they are, and open versions are said."""
    project = PROJECT.replace('["flask"]', '["flask>=3", "click==8.1"]')
    found = read(tmp_path, {"pyproject.toml": project})
    assert found.text == "flask>=3\nclick==8.1\n"
    assert found.source == "pyproject.toml"
    assert found.notes[0].startswith("requirements: pyproject.toml leaves versions open (flask>=3)")


@pytest.mark.covers(19)
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "requirements: the app has none; write requirements.txt ('pip freeze > requirements.txt'), or"),
        ({"requirements.txt": "# none\n"}, "requirements.txt: lists no requirements; name flask at least"),
        ({"requirements.txt": "--pre\n"}, "requirements.txt: lists no requirements; name flask at least"),
        ({"requirements.txt": b"\xff\x00x"}, "requirements.txt: can't be read: it is no UTF-8 text; save it"),
        ({"requirements.txt/x": ""}, "requirements.txt: can't be read: Is a directory; save it as UTF-8"),
        ({"pyproject.toml": "x"}, "pyproject.toml: can't be read: "),
        ({"pyproject.toml": "[tool.ruff]"}, "requirements: the app has none; write requirements.txt"),
        ({"pyproject.toml": "[project]\ndependencies = []"}, "pyproject.toml: lists no requirements; name flask"),
        ({"pyproject.toml": "[project]\ndynamic = ['dependencies']"}, "pyproject.toml: dependencies are dynamic, only a build would tell them; make requirements.txt with 'uv pip compile pyproject.toml"),
        ({"pyproject.toml": "[project]\ndependencies = ['-e .']"}, "pyproject.toml: dependencies: --editable is for developing"),
        ({"pyproject.toml": "[project]\ndependencies = ['-r x']"}, "pyproject.toml: dependencies: x does not exist"),
        ({"pyproject.toml": "[project]\ndependencies = ['a']\n[tool.uv.sources]\na = {git = 'x'}"}, "pyproject.toml: tool.uv.sources counts only with uv.lock; run 'uv lock'"),
        ({"pyproject.toml": "[tool.poetry.dependencies]\nflask = '*'"}, "pyproject.toml: pip does not read it; make requirements.txt with 'poetry export --output requirements.txt'"),
        ({"pyproject.toml": PROJECT, "poetry.lock": ""}, "poetry.lock: pip does not read it; make requirements.txt with 'poetry export"),
        ({"Pipfile.lock": "", "Pipfile": ""}, "Pipfile.lock: pip does not read it; make requirements.txt with 'pipenv requirements --hash"),
        ({"Pipfile": ""}, "Pipfile: pip does not read it; make requirements.txt with 'pipenv lock && pipenv"),
        ({"pdm.lock": ""}, "pdm.lock: pip does not read it; make requirements.txt with 'pdm export"),
        ({"setup.py": ""}, "setup.py: pip does not read it; make requirements.txt with 'uv pip compile setup.py"),
        ({"environment.yml": ""}, "environment.yml: pip does not read it; make requirements.txt with 'pip list"),
        ({"requirements/prod.txt": ""}, "requirements: pip does not read it; make requirements.txt with 'echo '-r requ"),
    ],
)  # fmt: skip
def test_apps_without_a_list_are_told_how_to_make_one(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    """With the one command, where another tool has the list."""
    assert faults(tmp_path, files)[0].startswith(message)


def test_requirements_txt_beats_other_tools(tmp_path: Path) -> None:
    """Whoever exported it has followed the advice."""
    found = read(tmp_path, {"requirements.txt": "flask==3", "poetry.lock": "", "pyproject.toml": "x"})
    assert found.text == "flask==3\n"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, {}),
        ({"pyproject.toml": PROJECT}, {"pyproject.toml": ">=3.9"}),
        ({".python-version": "# x\n3.12.1\n3.11\n"}, {".python-version": "3.12.1"}),
        ({"runtime.txt": "python-2.7.18"}, {"runtime.txt": "2.7.18"}),
        ({"pyproject.toml": "x", ".python-version": "\n"}, {}),
    ],
)
def test_what_the_app_wants_of_python(tmp_path: Path, files: dict[str, str], wanted: dict[str, str]) -> None:
    """As its files say it; comparing is up to the targets."""
    assert pyproject.wanted_python(write(tmp_path, files)) == wanted
