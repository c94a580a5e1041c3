"""What of the facts is not as it was deployed, and which steps put it right. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from components.drift import expected
from components.drift.deployed import Machine
from components.drift.expected import PROVISION, RELEASE, Steps, Thing
from components.drift.look import Facts

_LOCAL: Final = re.compile(r"127\.|\[::1\]|\[::ffff:127\.")
_PINNED: Final = "a pinned release is not made again: pulumi config rm pinnedRelease, then pulumi up"
_MANY: Final = 20  # differences of one folder that are named


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference. `steps` put it right when they run again; without any, `by_hand` says what does."""

    kind: str  # owner, account, release, file, unit, package, web server, port, answer; url, cloud
    subject: str
    what: str
    steps: Steps = frozenset()
    by_hand: str = ""
    machine: str = ""


def judge(machine: Machine, facts: Facts, allowed_ports: frozenset[int] = frozenset()) -> list[Finding]:
    """Return every difference on a machine."""
    found = [*_owner(machine, facts), *_links(machine, facts), *_base(machine, facts)]
    found += _things(expected.lasting(machine), facts)
    if facts.one("current") == f"releases/{machine.variables['RELEASE']}":
        # With another release in its place all of this differs, and says no more than that.
        found += [
            *_things(expected.released(machine), facts),
            *_listings(machine, facts),
            *_units(machine, facts),
        ]
    found += [*_web_server(machine, facts), *_ports(facts, allowed_ports | {machine.door.port, 80})]
    return [replace(finding, machine=machine.name) for finding in found]


def _owner(machine: Machine, facts: Facts) -> Iterator[Finding]:
    owner, ours = facts.one("owner"), machine.variables["OWNER"]
    marker = f"/var/lib/flask-deploy/{machine.variables['APP']}/owner"
    if owner != ours:
        yield Finding(
            kind="owner",
            subject=marker,
            what=f"the app belongs to {owner or 'nobody'}, not to {ours}",
            by_hand=f"if it is this stack's, on the machine: echo '{ours}' | sudo tee {marker}",
        )


def _links(machine: Machine, facts: Facts) -> Iterator[Finding]:
    wanted = expected.links(machine)
    now = {row[0]: row[1] for row in facts.all("link")}
    (site, leads), *_ = facts.all("site")
    wanted[site], now[site] = f"/srv/{machine.variables['APP']}/current/site.conf", leads
    for path, place in wanted.items():
        if now[path] != place:
            what = f"leads to {now[path]}" if now[path] else "is not there, or no link"
            yield Finding(kind="release", subject=path, what=f"{what}; deployed: {place}", steps=RELEASE)


def _base(machine: Machine, facts: Facts) -> Iterator[Finding]:
    """Compare what provisioning has made. A web server that comes back is started by the release."""
    both = PROVISION | RELEASE
    for name, status in facts.all("package"):
        if status != "installed":
            yield Finding(kind="package", subject=name, what=f"is {status}", steps=both)
    for name, status in facts.all("module"):
        if status != "enabled":
            yield Finding(kind="web server", subject=f"module {name}", what=f"is {status}", steps=both)
    for link, _ in facts.all("default-site"):
        yield Finding(
            kind="web server", subject=link, what="is back: the distribution's own site", steps=both
        )
    for account, wanted in facts.all("account"):
        if account != wanted:
            what = f"shell and groups are '{account.strip()}'; deployed: '{wanted}'"
            yield Finding(kind="account", subject=machine.variables["APP"], what=what, steps=PROVISION)


def _things(known: dict[str, Thing], facts: Facts) -> Iterator[Finding]:
    there = {path: (about, content) for path, about, content in facts.all("thing")}
    for path, thing in known.items():
        about, content = there[path]
        wanted = there[thing.same_as][1] if thing.same_as else thing.content
        if not about:
            what = "is missing"
        elif thing.about and about != thing.about:
            what = f"is '{about}'; deployed: '{thing.about}'"
        elif wanted and content != wanted:
            what = "has another content"
        else:
            continue
        yield Finding(kind="file", subject=path, what=what, steps=thing.steps)


def _listings(machine: Machine, facts: Facts) -> Iterator[Finding]:
    """Compare with the machine's own record: the app's files, the virtual environment."""
    known = expected.things(machine)
    for (folder,) in facts.all("unlisted"):
        yield Finding(kind="file", subject=folder, what="has no record of how it was made", steps=RELEASE)
    changed: dict[str, dict[str, str]] = {}
    for folder, side, path, _ in facts.all("changed"):
        changed.setdefault(folder, {}).setdefault(path.removeprefix("./"), "")
        changed[folder][path.removeprefix("./")] += side
    pinned = machine.variables["PINNED"]
    how = {"by_hand": _PINNED} if pinned else {"steps": RELEASE}
    for folder, sides in changed.items():
        names = [name for name in sorted(sides) if f"{folder}/{name}" not in known or pinned]
        for name in names[:_MANY]:
            what = {"<": "is missing", ">": "was added"}.get("".join(sorted(set(sides[name]))), "was changed")
            yield Finding(kind="file", subject=f"{folder}/{name}", what=what, **how)
        if len(names) > _MANY:
            yield Finding(kind="file", subject=folder, what=f"{len(names) - _MANY} more differences", **how)


def _units(machine: Machine, facts: Facts) -> Iterator[Finding]:
    ours = expected.units(machine)
    for unit, active, enabled, stale, _, settings in facts.all("unit"):
        if unit not in ours:
            if active == "active" or enabled == "enabled":
                yield Finding(
                    kind="unit", subject=unit, what=f"of another release is {active}", steps=RELEASE
                )
            continue
        if active != "active":
            yield Finding(kind="unit", subject=unit, what=f"is {active}", steps=RELEASE)
        if enabled != "enabled":
            what = f"is {enabled or 'not there'}: a reboot would not start it"
            yield Finding(kind="unit", subject=unit, what=what, steps=RELEASE)
        if stale == "yes":
            yield Finding(kind="unit", subject=unit, what="was changed since systemd read it", steps=RELEASE)
        # The web server's is the distribution's, and may have settings of the machine's own.
        if unit != ours[-1]:
            yield from _settings(unit, settings.split())


def _settings(unit: str, files: list[str]) -> Iterator[Finding]:
    for file in files:
        # `systemctl revert` takes those of this very unit; others are for more units than this one.
        if f"/{unit}.d/" in file:
            yield Finding(kind="unit", subject=unit, what=f"has other settings, in {file}", steps=RELEASE)
        else:
            by_hand = f"if it is not meant, on the machine: sudo rm {file}, sudo systemctl daemon-reload"
            yield Finding(kind="unit", subject=unit, what=f"has settings of {file}", by_hand=by_hand)


def _web_server(machine: Machine, facts: Facts) -> Iterator[Finding]:
    name, wanted = facts.one("proxy"), machine.variables["PROXY"]
    if name != wanted:
        what = f"names '{name}'; deployed: '{wanted}'"
        yield Finding(
            kind="web server", subject="/var/lib/flask-deploy/.machine/proxy", what=what, steps=RELEASE
        )
    if said := facts.one("configuration"):
        by_hand = "mend on the machine what it names"
        yield Finding(
            kind="web server", subject=wanted, what=f"would not start: {said.strip()}", by_hand=by_hand
        )
    if answer := facts.one("answer"):
        yield Finding(kind="answer", subject="port 80, asked on the machine", what=answer, steps=RELEASE)


def _ports(facts: Facts, allowed: frozenset[int]) -> Iterator[Finding]:
    seen = set()
    for address, process in facts.all("port"):
        port = int(address.rpartition(":")[2])
        if port in allowed or _LOCAL.match(address) or port in seen:
            continue
        seen.add(port)
        yield Finding(
            kind="port",
            subject=address,
            what=f"is open, by {process or 'an unknown process'}",
            by_hand="no deployment opened it: stop what listens there, or, if it is meant, "
            f"PORTS={port} make drift",
        )
