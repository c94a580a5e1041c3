"""The scripts that run on a machine: sound by shellcheck, small, never templated, safe to pipe into bash."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components import render
from components.drift import look
from components.environment import environment_file
from components.machine import generation, plan
from components.machine.plan import Step
from components.machine.web_stacks import WEB_STACKS
from unit import examples, recorder

if TYPE_CHECKING:
    from components.app import App

SCRIPTS: Final = sorted(path.stem for path in (render.ASSETS / "scripts").glob("*.sh"))
SHELLCHECK: Final = Path(sys.executable).with_name("shellcheck")
# Sent as a file, not run by a step.
FILES: Final = {"run"}
# What a script does before `main`: names, options; nothing that could fail half-way.
OUTSIDE: Final = re.compile(r'#.*|: "\$\{.*|[a-z]+=\S.*|set -euo pipefail|umask 022|export [A-Z].*')


@pytest.fixture(scope="module")
def composed(shop: App) -> dict[str, str]:
    """The scripts as they are sent, by the step's name."""

    def make() -> plan.Plan:
        settings = examples.settings(examples.FULL)
        stack = WEB_STACKS["apache-uwsgi"]
        return plan.make(settings, shop, stack, generation.build(settings, shop, stack), "5ha2" * 16)

    made = recorder.as_stack(recorder.STACK, make)
    steps = (made.ready, made.claim, made.provision, made.secrets, made.go_live)
    sent = {step.name: render.script(*step.scripts) for step in steps if step}
    return {**sent, "drift": render.script(*look.SCRIPTS)}


@pytest.fixture(scope="module")
def used(composed: dict[str, str]) -> set[str]:
    """The script files that some step sends."""
    return {
        name
        for name in SCRIPTS
        if any(render.asset(f"scripts/{name}.sh") in text for text in composed.values())
    }


def test_each_script_is_used(used: set[str]) -> None:
    """By a step, or as a file of one."""
    assert used | FILES == set(SCRIPTS)


def test_shellcheck_finds_nothing(composed: dict[str, str], tmp_path: Path) -> None:
    """In what is sent, all parts of a step together; in no file alone, since most are no whole script."""
    examples.write(tmp_path, {f"{name}.sh": text for name, text in composed.items()})
    files = [*sorted(tmp_path.glob("*.sh")), render.ASSETS / "scripts/run.sh"]
    # SC2329: a step does not call all of common.sh; the next test sees to it that some step does.
    options = ["--norc", "--severity=style", "--exclude=SC2329"]
    done = subprocess.run([SHELLCHECK, *options, *files], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_each_function_is_called(composed: dict[str, str]) -> None:
    """In some step, if not in all."""
    defined = {name for text in composed.values() for name in functions(text)[0]} - {"main"}
    called = {
        name
        for text in composed.values()
        for name in defined
        if re.search(rf"(?<![\w-]){name}(?![\w(-])", re.sub(r"#.*", "", text))
    }
    assert defined - called <= {"claim", "remove"}  # by their names, as the step's argument


def test_bash_can_read_them(composed: dict[str, str]) -> None:
    """All of each, the last line too."""
    for name, text in composed.items():
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert (done.stderr, done.returncode) == ("", 0), name


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_exemption_has_its_reason(name: str) -> None:
    """On its line."""
    for line in re.findall(r".*shellcheck disable=.*", render.asset(f"scripts/{name}.sh")):
        assert re.search(r"disable=SC\d+(,SC\d+)*  # .{10}", line), line


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_never_templated(name: str) -> None:
    """Values come as variables; the text is the same for everyone."""
    assert not re.search(r"\{\{ |\{%|%s\b.*%s\b.*eval|\beval\b", render.asset(f"scripts/{name}.sh"))


def functions(text: str) -> tuple[dict[str, int], list[str]]:
    """Each function's number of lines, and the lines outside of all."""
    sizes: dict[str, int] = {}
    outside: list[str] = []
    inside = ""
    for line in text.splitlines():
        start = re.match(r"([a-z_]+)\(\) \{", line)
        if inside or start:
            inside = inside or (start[1] if start else "")
            sizes[inside] = sizes.get(inside, 0) + 1
            if line.rstrip() == "}" or (start and line.endswith("}")):
                inside = ""
        elif line:
            outside.append(line)
    return sizes, outside


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in FILES])
def test_nothing_runs_before_all_is_read(name: str) -> None:
    """Outside of functions stand names only: a script that is cut off on its way does nothing."""
    _, outside = functions(render.asset(f"scripts/{name}.sh"))
    assert [line for line in outside if not OUTSIDE.fullmatch(line)] == []


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in FILES])
def test_functions_are_small(name: str) -> None:
    """Under 45 lines each, so that each can be read at once."""
    sizes, _ = functions(render.asset(f"scripts/{name}.sh"))
    assert sizes
    assert {function: size for function, size in sizes.items() if size >= 45} == {}


def test_each_step_has_one_main_and_no_function_twice(composed: dict[str, str]) -> None:
    """A second one would silently win."""
    for name, text in composed.items():
        defined = re.findall(r"^([a-z_]+)\(\)", text, re.MULTILINE)
        assert defined.count("main") == 1, name
        assert len(defined) == len(set(defined)), name
        assert text.endswith('\nmain "$@"; exit\n')


def test_what_changes_the_machine_holds_the_lock(composed: dict[str, str]) -> None:
    """Apt, the web server and the units belong to all of its apps; `ready` and `drift` change nothing."""
    for name, text in composed.items():
        assert bool(re.search(r"^  lock$", text, re.MULTILINE)) == (name not in {"ready", "drift"}), name


def received(
    files: dict[str, str], tmp_path: Path, executable: frozenset[str] = frozenset()
) -> dict[str, tuple[bytes, int]]:
    """What arrives of a step's files, and their modes, when bash runs what is sent."""
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    # `cat` takes all input that is left: there must be none of the script.
    main = 'main() { read_payload; cat; cp -p "$files"/* "$1/"; readlink "/proc/$$/fd/0"; echo "$work"; }'
    text = Step(name="x", scripts=(), seconds=1, files=files, executable=executable).stdin()
    text = text.replace('\nmain "$@"; exit\n', f'\n{main}\nmain "$@"; exit\n', 1)
    environment = {"PATH": "/usr/bin:/bin", "APP": "a", "OWNER": "o", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-s", out], input=text.encode(), env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    source, work = done.stdout.decode().splitlines()
    assert source == "/dev/null", "nothing that the script starts can read what is sent"
    assert not Path(work).exists(), "the working directory is taken away"
    return {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in out.iterdir()}


CONTENTS = {
    "empty": "",
    "blank": "\n",
    "words.txt": "$(id) `id` ${HOME} 'a' \"b\" \\ \\n %s !x\n",
    "no-end": "without a new line",
    "late": "\n\n  indented\t\n\n",
    "near": "@@x\n @@ y\n@ @\n",
    "script.sh": 'main() { exit 1; }\nmain "$@"; exit\nEOF\n',
    "big": "x" * 100_000 + "\n" + "é🛒\n" * 1000,
    "unicode": "x\u2028@@ y\r\f\x0b\n",
}


@pytest.mark.covers(22)
def test_files_arrive_byte_for_byte(tmp_path: Path) -> None:
    """Empty ones, too; and a last line without an end gets one."""
    arrived = received(CONTENTS, tmp_path)
    expected = {
        name: text if text.endswith("\n") or not text else f"{text}\n" for name, text in CONTENTS.items()
    }
    assert {name: content.decode() for name, (content, _) in arrived.items()} == expected


def test_files_arrive_with_their_modes(tmp_path: Path) -> None:
    """Under the script's own umask."""
    arrived = received({"run": "x\n", "unit": "y\n"}, tmp_path, frozenset({"run"}))
    assert {name: mode for name, (_, mode) in arrived.items()} == {"run": 0o755, "unit": 0o644}


LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), max_size=12), max_size=4
)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES.filter(lambda lines: not any(line.startswith("@@ ") for line in lines)))
@example(["@@", "@@ ".strip(), "-n", "\\c"])
def test_any_text_arrives(tmp_path: Path, lines: list[str]) -> None:
    """But NUL, which no configuration file may have."""
    text = "".join(f"{line}\n" for line in lines)
    assert received({"a": text, "b": "after\n"}, tmp_path) == {
        "a": (text.encode(), 0o644),
        "b": (b"after\n", 0o644),
    }


@pytest.mark.covers(6)
def test_every_environment_arrives(tmp_path: Path) -> None:
    """Even one whose lines look like the marker of a file: `environment_file` sees to that."""
    text = environment_file({"A": "x\n@@ run 0755\n@@ @@ \n"})
    assert received({"environment": text}, tmp_path)["environment"][0].decode() == text


def test_without_its_last_line_nothing_runs(composed: dict[str, str], tmp_path: Path) -> None:
    """Wherever the connection is cut, an incomplete script is read, and does nothing."""
    canary = tmp_path / "canary"
    for name, text in composed.items():
        cut = text.removesuffix('\nmain "$@"; exit\n')
        assert cut != text
        environment = {"PATH": "/nowhere", "BASH_ENV": "", "APP": "a", "OWNER": "o"}
        asked = {
            word: "x" for line in re.findall(r"^: .*", cut, re.MULTILINE) for word in re.findall(r"\w+", line)
        }
        done = subprocess.run(
            ["/bin/bash", "-s"],
            input=re.sub(r"\$\(python3 -c .*\)$", "3.11", cut, flags=re.MULTILINE),
            env={**asked, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), name
    assert not canary.exists()
