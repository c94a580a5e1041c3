"""The rendered files of the four web stacks, as golden files; UPDATE_GOLDEN=1 rewrites them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from components import render, settings
from components.machine import generation, plan
from components.machine.web_stacks import WEB_STACKS
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.app import App

CONFIGURATIONS = {"full": examples.FULL, "minimal": examples.MINIMAL}
# Sent as they are; their golden file is the asset itself.
COPIED = {"server.txt": "servers/{server}.txt", "probe.py": "scripts/probe.py"}
CASES = [(stack, kind) for stack in WEB_STACKS for kind in CONFIGURATIONS]


Plans = dict[tuple[str, str], tuple[plan.Plan, generation.Generation]]


def planned(kind: str, stack: str, app: App) -> tuple[plan.Plan, generation.Generation]:
    """The plan and the release of a configuration with a web stack, as stack `dev`."""

    def make() -> tuple[plan.Plan, generation.Generation]:
        wanted = examples.settings(CONFIGURATIONS[kind], machine={"webStack": stack})
        built = generation.build(wanted, app, WEB_STACKS[stack])
        return plan.make(wanted, app, WEB_STACKS[stack], built, "5ha2" * 16), built

    return recorder.as_stack(recorder.STACK, make)


@pytest.fixture(scope="module")
def plans(shop: App) -> Plans:
    """All cases."""
    return {(stack, kind): planned(kind, stack, shop) for stack, kind in CASES}


def described(steps: plan.Plan, built: generation.Generation) -> dict[str, str]:
    """All that goes to the machine, by name, but what is sent as it is; ids have names instead."""
    sent = {name: text for name, text in built.files.items() if name not in COPIED}
    sent |= {name: text for name, text in steps.provision.files.items() if name != "run"}
    if steps.secrets:
        sent["secrets"] = steps.secrets.files["secrets"]
    every = [steps.ready, steps.claim, steps.provision, steps.secrets, steps.go_live]
    sent["commands"] = "".join(
        f"# {step.name}: {' '.join(step.scripts)} {'(secret)' if step.secret else ''}".rstrip()
        + f"\n{step.command('ubuntu', '<machine>')}\n"
        for step in every
        if step
    )
    names = {built.id: "<release>", built.venv_id: "<venv>"}
    if built.secrets_id:
        names[built.secrets_id] = "<secrets>"
    return {name: _renamed(text, names) for name, text in sent.items()}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def test_the_web_stacks_are_every_combination() -> None:
    """Two axes, and the configuration's own list of them."""
    assert set(WEB_STACKS) == {f"{p}-{s}" for p in ("nginx", "apache") for s in ("uwsgi", "gunicorn")}
    field = settings.MachineSettings.model_fields["web_stack"]
    assert list(field.annotation.__args__) == list(examples.STACKS)  # type: ignore[union-attr]
    assert set(examples.STACKS) == set(WEB_STACKS)


@pytest.mark.parametrize(("stack", "kind"), CASES)
def test_what_is_sent_is_what_was_reviewed(plans: Plans, stack: str, kind: str) -> None:
    """Each file of a release, the commands of the plan: no more, no fewer, no other."""
    sent = described(*plans[stack, kind])
    assert sent == examples.golden(f"{stack}/{kind}", sent)


def test_no_golden_file_is_orphaned() -> None:
    """Each folder belongs to a case; within it the test above compares the names too."""
    folders = {str(path.parent.relative_to(examples.GOLDEN)) for path in examples.GOLDEN.rglob("*.golden")}
    assert folders == {f"{stack}/{kind}" for stack, kind in CASES}


@pytest.mark.parametrize("stack", WEB_STACKS)
def test_what_is_copied_is_the_asset(plans: Plans, stack: str) -> None:
    """The pinned app server and the probe."""
    _, built = plans[stack, "minimal"]
    for name, path in COPIED.items():
        assert built.files[name] == render.asset(path.format(server=WEB_STACKS[stack].server.name))


@pytest.mark.covers("P15")
@pytest.mark.parametrize("stack", WEB_STACKS)
def test_the_app_server_s_lock_is_hashed_and_above_the_floor(stack: str) -> None:
    """What we bring ourselves may face the Internet, and is what was locked."""
    server = WEB_STACKS[stack].server
    text = render.asset(f"servers/{server.name}.txt")
    pinned = re.findall(r"^([a-z]+)==([0-9.]+)", text, re.MULTILINE)
    assert (server.package, True) in [(name, _numbers(v) >= _numbers(server.floor)) for name, v in pinned]
    assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE) if part)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.rstrip(".").split(".")]


@pytest.mark.parametrize("stack", WEB_STACKS)
def test_each_answer_names_its_release(plans: Plans, stack: str) -> None:
    """The probe compares it with the one just deployed."""
    _, built = plans[stack, "minimal"]
    configuration = built.files[WEB_STACKS[stack].server.config]
    assert [line for line in configuration.splitlines() if "X-Release" in line and built.id in line]


@pytest.mark.parametrize("stack", WEB_STACKS)
def test_the_forwarding_headers_of_clients_never_reach_the_app(plans: Plans, stack: str) -> None:
    """Each is overwritten or taken away by the web server (reliability.md, 81)."""
    _, built = plans[stack, "minimal"]
    site = built.files["site.conf"].upper().replace("-", "_")
    for header in ("X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_FORWARDED_PREFIX"):
        assert len(re.findall(rf"\b(HTTP_)?{header}\b", site)) == 1, header
    assert re.search(r'(HTTP_FORWARDED|HEADER FORWARDED) "";|UNSET FORWARDED\b', site)


@pytest.mark.parametrize("stack", WEB_STACKS)
def test_a_release_s_unit_starts_its_own_files(plans: Plans, stack: str) -> None:
    """Immutable: nothing in it points to what another release has."""
    _, built = plans[stack, "full"]
    unit = built.files["app.service"]
    started = re.search(r"^ExecStart=(\S+) --\w+ (\S+)$", unit, re.MULTILINE)
    assert started
    for path in (
        *started.groups(),
        *re.findall(r"^(?:WorkingDirectory|EnvironmentFile)=(.*)$", unit, re.MULTILINE),
    ):
        assert path.startswith((f"/srv/bookstore/releases/{built.id}/", "/srv/bookstore/secrets/"))


@pytest.mark.parametrize("stack", WEB_STACKS)
def test_the_app_runs_with_least_rights(plans: Plans, stack: str) -> None:
    """Its unit and its release command's: own user, read-only system, no new privileges."""
    _, built = plans[stack, "full"]
    for name in ("app.service", "command.service"):
        lines = built.files[name].splitlines()
        for rule in (
            "User=bookstore",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "CapabilityBoundingSet=",
        ):
            assert rule in lines, f"{name}: {rule}"
