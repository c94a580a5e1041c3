"""The documents: what they name is there, what is generated is current, and pictures can be drawn."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
from pathlib import Path
from typing import Final

import pytest

from components import registry, settings
from docs import configuration, generate

ROOT: Final = Path(__file__).parent.parent.parent
PAGES: Final = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "sandbox" / "README.md"]
)
FENCE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SPAN: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DIAGRAMS: Final = {"flowchart", "sequenceDiagram", "stateDiagram-v2"}
# What begins and what ends a block in Mermaid's languages.
BEGINS: Final = re.compile(r"^\s*(subgraph|alt|opt|loop|par|critical|rect)\b", re.MULTILINE)
# Where figures stand with what they were measured by, or read in; and settings, whose unit is a second.
WITH_FIGURES: Final = ("docs/performance.md", "docs/adr/", "docs/config.md", "docs/choosing.md")
PLACEHOLDER: Final = re.compile(r"[A-Z]{2,}|[…<>{}*]")


def read(page: str) -> str:
    """A page's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: str, *languages: str) -> list[str]:
    """The blocks of code in these languages; of all if none is named."""
    found = FENCE.findall(read(page))
    return [block for _, language, block in found if not languages or language in languages]


def prose(page: str) -> str:
    """A page without its code."""
    return SPAN.sub("", FENCE.sub("", read(page)))


def commands(page: str) -> list[str]:
    """What a reader might type: lines behind a prompt, and code in the text."""
    lines = [line.strip() for block in fences(page, "console") for line in block.splitlines()]
    spans = SPAN.findall(FENCE.sub("", read(page)))
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")] + spans


def anchors(page: str) -> set[str]:
    """The fragments that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", generate.PAGES)
def test_what_is_generated_is_current(page: str) -> None:
    """What it is made from has changed, or it was edited by hand: python -m docs.generate."""
    assert generate.PAGES[page]() == read(page)


@pytest.mark.parametrize("page", generate.PAGES)
def test_an_old_page_is_shown_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    """`--check` exits with 1 and the difference, and writes nothing; without it the page is written."""
    monkeypatch.setattr(generate, "PAGES", {name: functools.partial(read, name) for name in generate.PAGES})
    (tmp_path / "docs" / "targets").mkdir(parents=True)
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    old = (tmp_path / page).read_text().replace("# ", "# Old ", 1)
    (tmp_path / page).write_text(old)
    capsys.readouterr()

    assert generate.main(["--check"], tmp_path) == 1
    assert "\n-# Old " in capsys.readouterr().out
    assert (tmp_path / page).read_text() == old
    assert generate.main([], tmp_path) == 0
    assert read(page) == (tmp_path / page).read_text()


def test_every_key_has_a_meaning() -> None:
    """Each row of the page says what the key is for, and each kind has its rule."""
    rows = [line.split(" | ") for line in configuration.page().splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []


def every_page() -> list[str]:
    """All Markdown of the project, beside other code too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [page for page in found.splitlines() if (ROOT / page).exists()]


@pytest.mark.parametrize("page", every_page())
def test_links_lead_somewhere(page: str) -> None:
    """A relative link names a file of the project, and a heading that it has."""
    broken = []
    for link in LINK.findall(FENCE.sub("", read(page))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (fragment and fragment not in anchors(str(target.relative_to(ROOT)))):
            broken.append(link)
    assert broken == []


def test_every_page_is_looked_at() -> None:
    """So that the check above sees what lies beside code."""
    assert {*PAGES, "assets/app/README.md", "sandbox/plugins/cloud/README.md"} <= set(every_page())


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page: str) -> None:
    """Each `make …` has its target, each `python -m …` its module."""
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    unknown = []
    for command in commands(page):
        made = re.match(r"(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)", command)
        if made and made[1] not in targets:
            unknown.append(command)
        ran = re.search(r"(?:^|/)python -m ([a-z_.]+)", command)
        if ran and ran[1] != "pytest":
            module = ROOT / ran[1].replace(".", "/")
            if not (module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()):
                unknown.append(command)
    assert unknown == []


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page: str) -> None:
    """A path of the project that stands in the text is there, and so is a test in it; placeholders aside."""
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir() if not path.name.startswith("."))
    missing = []
    for span in SPAN.findall(FENCE.sub("", read(page))):
        for word in span.split():
            path, _, test = word.rstrip(":,;").partition("::")
            if not re.match(rf"({tops})/", path) or PLACEHOLDER.search(path):
                continue
            if not (ROOT / path).exists() or (test and f"def {test}(" not in read(path)):
                missing.append(word)
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_keys_of_the_configuration_exist(page: str) -> None:
    """`pulumi config set` names keys that the program takes."""
    unknown = []
    for command in commands(page):
        if not command.startswith(("pulumi config set", "pulumi config rm")):
            continue
        words = [word for word in shlex.split(command)[3:] if not word.startswith("--")]
        of_a_provider = re.match(r"(alicloud|heroku|aws|gcp):", words[0]) if words else None
        if words and not of_a_provider and not is_key(words[0].removeprefix("flask-deploy:")):
            unknown.append(command)
    assert unknown == []


def is_key(path: str) -> bool:
    """Whether the configuration has a key: `app.health.path`."""
    first, *rest = re.sub(r"\[\d+\]$", "", path).split(".")
    entry = registry.TARGETS.get(first)
    if entry:
        model, parts = entry.load().Section, rest
    elif first == "secrets":
        return len(rest) == 1
    else:
        model, parts = settings.Settings, [first, *rest]
    for part in parts:
        fields = {info.alias or name: info for name, info in getattr(model, "model_fields", {}).items()}
        if part not in fields:
            return False
        model = fields[part].annotation
    return True


def test_a_key_is_looked_for_in_its_section() -> None:
    """So that the check above can fail."""
    known = ["app.health.path", "vm.hostKey", "machine.webStack", "secrets.X", "pinnedRelease", "target"]
    assert all(map(is_key, known))
    assert is_key("ecs.sshFrom[0]")
    assert not any(map(is_key, ["app.healthz.path", "vm.key", "webStack", "app.name.x", "secrets"]))


@pytest.mark.parametrize("page", [page for page in PAGES if fences(page, "mermaid")])
def test_pictures_can_be_drawn(page: str) -> None:
    """A Mermaid block has a known type; its brackets, quotes and blocks are closed; ';' ends no message."""
    for block in fences(page, "mermaid"):
        assert block.split()[0] in DIAGRAMS
        assert block.count('"') % 2 == 0
        assert block.split()[0] != "sequenceDiagram" or ";" not in block, block
        bare = re.sub(r'"[^"\n]*"', "", block)
        for opening, closing in ("[]", "()", "{}"):
            assert bare.count(opening) == bare.count(closing), block
        assert len(BEGINS.findall(block)) == len(re.findall(r"^\s*end$", block, re.MULTILINE)), block


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith(WITH_FIGURES)])
def test_figures_are_where_they_are_measured(page: str) -> None:
    """Times stand in docs/performance.md, with the command that takes them; elsewhere they would grow old."""
    assert re.findall(r"\b\d+(?:[.,]\d+)?\s?(?:ms|s|sec|seconds?|min|minutes?)\b", prose(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_knows_this_computer(page: str) -> None:
    """Output was pasted from somewhere: no path of that computer is in it."""
    assert re.findall(r"(?<![\w.~])/(?:work|root|tmp|home)/\S*", read(page)) == []


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len(read("README.md").splitlines()) <= 200


@pytest.mark.parametrize("page", [page for page in PAGES if re.match(r"docs/adr/", page)])
def test_a_decision_has_its_number(page: str) -> None:
    """A page's file and title have the same number, and no other page has it."""
    number = Path(page).name.partition("-")[0]
    assert read(page).startswith(f"# {int(number)}. ")
    assert [other for other in PAGES if other.startswith(f"docs/adr/{number}-")] == [page]
