"""What differs is named, with the steps that put it right; what does not is no drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from components.drift import expected
from components.drift.judge import judge
from unit import examples
from unit.drift import states

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.drift.deployed import Deployed, Machine

CASES: Final = [(kind, stack) for kind in ("full", "minimal") for stack in examples.STACKS]


@pytest.fixture(scope="module", name="machine")
def _machine(known: Callable[..., Deployed]) -> Machine:
    return known(examples.FULL).machines[0]


def release_of(machine: Machine) -> str:
    """The release's id."""
    return machine.variables["RELEASE"]


def found(machine: Machine, **other: Any) -> list[tuple[str, str, set[str]]]:
    """Kind, subject and steps of each finding."""
    return [
        (each.kind, each.subject, set(each.steps)) for each in judge(machine, states.facts(machine, **other))
    ]


@pytest.mark.parametrize(("kind", "stack"), CASES)
def test_what_was_deployed_is_no_drift(known: Callable[..., Deployed], kind: str, stack: str) -> None:
    """Of any web stack, with secrets and without."""
    config = {"full": examples.FULL, "minimal": examples.MINIMAL}[kind]
    (machine,) = known(config, machine={"webStack": stack}).machines
    assert judge(machine, states.facts(machine)) == []


def test_each_known_thing_is_found_when_it_is_missing(machine: Machine) -> None:
    """With the steps that make it; only the archive takes no other step than itself."""
    for path, thing in expected.things(machine).items():
        assert ("file", path, set(thing.steps)) in found(
            machine, **states.with_thing(machine, path, "", "")
        ), path


def test_each_known_content_and_mode_is_compared(machine: Machine) -> None:
    """Another content is found where one is known, another mode or owner where one is known."""
    for path, thing in expected.things(machine).items():
        edited = found(machine, **states.with_thing(machine, path, content="e" * 64))
        assert bool(edited) == bool(thing.content or thing.same_as), path
        owned = found(machine, **states.with_thing(machine, path, "f 666 nobody:nogroup"))
        assert bool(owned) == bool(thing.about), path


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("/srv/bookstore/run", {"provision"}),
        ("/srv/bookstore/secrets", {"provision"}),
        ("/var/lib/flask-deploy/bookstore/upload/ID.tar", {"upload"}),
        ("/srv/bookstore/secrets/ID", {"secrets", "release"}),
        ("/srv/bookstore/releases/ID/environment", {"release"}),
        ("/etc/systemd/system/bookstore@ID.service", {"release"}),
        ("/etc/systemd/system/bookstore-command@ID.service", {"release"}),
    ],
)
def test_a_file_is_restored_by_who_has_made_it(machine: Machine, path: str, steps: set[str]) -> None:
    """A secret is read when the app starts, so the release has to start it again."""
    ids = {
        "upload": machine.variables["BUNDLE"],
        "secrets": machine.steps["secrets"].variables["SECRETS"],
    }
    full = path.replace("ID", ids.get(path.split("/")[-2], release_of(machine)))
    assert found(machine, **states.with_thing(machine, full, "", "")) == [("file", full, steps)]


@pytest.mark.parametrize(
    ("fact", "kind", "steps"),
    [
        ({"package": [("nginx", "missing")]}, "package", {"provision", "release"}),
        ({"package": [("python3-venv", "config-files")]}, "package", {"provision", "release"}),
        ({"module": [("proxy_http", "missing")]}, "web server", {"provision", "release"}),
        (
            {"default_site": [("/etc/nginx/sites-enabled/default", "…")]},
            "web server",
            {"provision", "release"},
        ),
        ({"account": [("/bin/bash bookstore", "/usr/sbin/nologin bookstore")]}, "account", {"provision"}),
        ({"proxy": [("apache",)]}, "web server", {"release"}),
        ({"answer": [("GET / answered 502",)]}, "answer", {"release"}),
        ({"site": [("/etc/nginx/sites-enabled/000-bookstore.conf", "")]}, "release", {"release"}),
        ({"unlisted": [("/srv/bookstore/releases/1",)]}, "file", {"release"}),
        ({"configuration": [("unknown directive",)]}, "web server", set()),
        ({"owner": [("",)]}, "owner", set()),
        ({"owner": [("flask-deploy/other",)]}, "owner", set()),
    ],
)
def test_a_fact_that_differs_is_one_finding(
    machine: Machine, fact: dict[str, list[tuple[str, ...]]], kind: str, steps: set[str]
) -> None:
    """Of its kind; with the steps that mend it, or what a hand has to do."""
    (finding,) = judge(machine, states.facts(machine, **fact))
    assert (finding.kind, set(finding.steps), finding.machine) == (kind, steps, "machine")
    assert bool(finding.by_hand) == (not steps)


@pytest.mark.parametrize(
    ("state", "number"),
    [
        (("inactive", "enabled", "no", "", ""), 1),
        (("failed", "disabled", "no", "", ""), 2),
        (("active", "masked", "no", "", ""), 1),
        (("active", "", "no", "", ""), 1),
        (("active", "enabled", "yes", "", ""), 1),
        (("active", "enabled", "no", "", ""), 0),
    ],
)
def test_each_unit_has_to_run_now_and_after_a_reboot(
    machine: Machine, state: tuple[str, ...], number: int
) -> None:
    """The app's and the web server's: active, enabled, and as systemd has read it."""
    for unit in expected.units(machine):
        rows = [(each, "active", "enabled", "no", "", "") for each in expected.units(machine) if each != unit]
        assert found(machine, unit=[*rows, (unit, *state)]) == [("unit", unit, {"release"})] * number


def test_settings_that_were_added_to_a_unit(machine: Machine) -> None:
    """The unit's own go with the release; one for several units takes a hand; the web server's may stay."""
    app, nginx = expected.units(machine)
    files = f"/etc/systemd/system/{app}.d/a.conf /etc/systemd/system/service.d/b.conf"
    rows = [
        (app, "active", "enabled", "no", "", files),
        (nginx, "active", "enabled", "no", "", "/etc/c.conf"),
    ]
    own, general = judge(machine, states.facts(machine, unit=rows))
    assert (set(own.steps), own.by_hand) == ({"release"}, "")
    assert (set(general.steps), "sudo rm /etc/systemd/system/service.d/b.conf" in general.by_hand) == (
        set(),
        True,
    )


def test_another_release_beside_is_found(machine: Machine) -> None:
    """One that still runs, or that a reboot would start; not one that is neither."""
    rows = states.facts(machine).all("unit")
    for active, enabled, number in (
        ("active", "", 1),
        ("inactive", "enabled", 1),
        ("inactive", "disabled", 0),
    ):
        other = ("bookstore@0ld.service", active, enabled, "no", "", "")
        assert len(found(machine, unit=[*rows, other])) == number


def test_another_release_in_its_place_says_no_more_than_that(machine: Machine) -> None:
    """All of the release's files and units differ then; the links alone are named, and its steps mend all."""
    links = [(path, "elsewhere") for path, _ in states.facts(machine).all("link")]
    known = {path: row for path, *row in states.facts(machine).all("thing")}
    things = [
        (path, *("" if path in expected.released(machine) else each for each in row))
        for path, row in known.items()
    ]
    facts = {"current": [("releases/other",)], "link": links, "thing": things, "unit": []}
    assert [(kind, steps) for kind, _, steps in found(machine, **facts)] == [("release", {"release"})] * 2


def test_a_home_that_is_gone(machine: Machine) -> None:
    """All steps that fill it are named, not only the release's."""
    nothing = [(path, "", "") for path in expected.things(machine)]
    links = [(path, "") for path, _ in states.facts(machine).all("link")]
    steps = set().union(*(each[2] for each in found(machine, current=[("",)], link=links, thing=nothing)))
    assert steps == {"provision", "upload", "secrets", "release"}


def test_the_machines_own_record_names_each_difference(machine: Machine) -> None:
    """A file that is missing, was added or changed: once each, and not again what the state has found."""
    folder = expected.release_folder(machine)
    rows = [
        (folder, "<", "./app/gone.py", "f 640"),
        (folder, ">", "./app/more.py", "f 640"),
        (folder, "<", "./app/run.py", "a" * 64),
        (folder, ">", "./app/run.py", "b" * 64),
        (folder, "<", "./environment", "a" * 64),
        (folder, ">", "./environment", "b" * 64),
    ]
    what = {each.subject: each.what for each in judge(machine, states.facts(machine, changed=rows))}
    assert what == {
        f"{folder}/app/gone.py": "is missing",
        f"{folder}/app/more.py": "was added",
        f"{folder}/app/run.py": "was changed",
    }


def test_many_differences_are_counted(machine: Machine) -> None:
    """Twenty of a folder are named, the rest is a number."""
    rows = [("/srv/venv", "<", f"./{number:03}", "f 644") for number in range(50)]
    findings = judge(machine, states.facts(machine, changed=rows))
    assert len(findings) == 21
    assert findings[-1].what == "30 more differences"


def test_a_pinned_release_is_compared_with_the_machines_record(known: Callable[..., Deployed]) -> None:
    """The state has the newest release's files. What has changed of the pinned one no step can make again."""
    (machine,) = known(examples.FULL, pinnedRelease="0123456789ab").machines
    folder = expected.release_folder(machine)
    assert folder.endswith("/0123456789ab")
    assert found(machine, **states.with_thing(machine, f"{folder}/uwsgi.ini", content="e" * 64)) == []
    rows = [(folder, "<", "./uwsgi.ini", "a"), (folder, ">", "./uwsgi.ini", "b")]
    (finding,) = judge(machine, states.facts(machine, changed=rows))
    assert (finding.subject, set(finding.steps)) == (f"{folder}/uwsgi.ini", set())
    assert "pulumi config rm pinnedRelease" in finding.by_hand


@pytest.mark.parametrize(
    ("address", "drift"),
    [
        ("0.0.0.0:4444", True),
        ("[::]:4444", True),
        ("*:4444", True),
        ("203.0.113.7:4444", True),
        ("10.0.0.5%eth0:4444", True),
        ("127.0.0.1:4444", False),
        ("127.0.0.53%lo:53", False),
        ("[::1]:4444", False),
        ("[::ffff:127.0.0.1]:4444", False),
        ("0.0.0.0:2222", False),
        ("[::]:80", False),
        ("0.0.0.0:22", True),
    ],
)
def test_ports_that_are_open_to_others(machine: Machine, address: str, drift: bool) -> None:  # noqa: FBT001
    """Only the web server's and the one of sshd, wherever that is; not what listens to the machine itself."""
    findings = judge(machine, states.facts(machine, port=[(address, "nc")]))
    assert bool(findings) == drift
    assert all("by nc" in each.what and not each.steps and each.by_hand for each in findings)
    assert judge(machine, states.facts(machine, port=[(address, "nc")]), frozenset({22, 4444})) == []
