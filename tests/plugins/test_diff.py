"""What counts as a change, and what a preview shows. Expectations recorded from 1.2.1."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from .harness import Diff, Failed, Plugin
from .wire import (
    ARCHIVE,
    COPY,
    HOST,
    LOCAL,
    REMOTE,
    SIG,
    UNKNOWN,
    UNKNOWN_SECRET,
    Props,
    checked,
    file_archive,
    file_asset,
    secret,
    text_asset,
    without,
)

BASE: Props = {"connection": HOST, "create": "a", "triggers": [1], "environment": {"A": "1"}}
FILE: Props = {"connection": HOST, "source": file_asset("/a", "h1"), "remotePath": "/x"}
HERE: Props = {"create": "a", "interpreter": ["b"], "triggers": [1]}
NO_CHANGE = Diff("DIFF_NONE")


def some(*replaces: str, **paths: str) -> Diff:
    """A change of whole properties."""
    return Diff("DIFF_SOME", replaces, paths)


def paths(detailed: Props, *replaces: str) -> Diff:
    """A change of paths."""
    return Diff("DIFF_SOME", replaces, detailed)


class Change(NamedTuple):
    """Two sets of inputs and what is between them."""

    what: str
    kind: str
    old: Props
    new: Props
    diff: Diff


CHANGES = [
    Change("nothing", REMOTE, BASE, BASE, NO_CHANGE),
    Change("a trigger, which only the SDK's own option makes a replacement", REMOTE, BASE,
           BASE | {"triggers": [2]}, paths({"triggers[0]": "UPDATE"})),
    Change("one more trigger", REMOTE, BASE, BASE | {"triggers": [1, 2]}, paths({"triggers[1]": "ADD"})),
    Change("no trigger left in the list", REMOTE, BASE, BASE | {"triggers": []},
           paths({"triggers[0]": "DELETE"})),
    Change("triggers gone", REMOTE, BASE, without(BASE, "triggers"), some("triggers",
                                                                          triggers="DELETE_REPLACE")),
    Change("triggers new", REMOTE, without(BASE, "triggers"), BASE, some("triggers", triggers="ADD_REPLACE")),
    Change("a trigger turned secret", REMOTE, BASE, BASE | {"triggers": [secret(1)]},
           paths({"triggers[0]": "UPDATE"})),
    Change("the host", REMOTE, BASE, BASE | {"connection": {"host": "g"}}, some(connection="UPDATE")),
    Change("a host that is not known yet", REMOTE, BASE, BASE | {"connection": {"host": UNKNOWN}},
           some(connection="UPDATE")),
    Change("a connection that is not known yet counts as the same", REMOTE, BASE,
           BASE | {"connection": UNKNOWN},
           NO_CHANGE),
    Change("the environment", REMOTE, BASE, BASE | {"environment": {"A": "2", "B": "3", "c.d": "4"}},
           paths({"environment.A": "UPDATE", "environment.B": "ADD", 'environment["c.d"]': "ADD"})),
    Change("commands and input", REMOTE, BASE, BASE | {"create": "b", "delete": "x", "stdin": secret("y")},
           some(create="UPDATE", delete="ADD", stdin="ADD")),
    Change("a command that is not known yet", REMOTE, BASE, BASE | {"create": UNKNOWN},
           some(create="UPDATE")),
    Change("a local command", LOCAL, HERE, HERE | {"interpreter": ["c", "d"], "triggers": [2]},
           paths({"interpreter[0]": "UPDATE", "interpreter[1]": "ADD", "triggers[0]": "UPDATE"})),
    Change("the content of a file", COPY, FILE, FILE | {"source": file_asset("/a", "h2")},
           some(source="UPDATE")),
    Change("a file of the same content elsewhere", COPY, FILE, FILE | {"source": file_asset("/b", "h1")},
           NO_CHANGE),
    Change("an archive of the same hash", COPY, FILE, FILE | {"source": file_archive("/a", "h1")},
           some(source="UPDATE")),
    Change("the destination and a first trigger", COPY, FILE, FILE | {"remotePath": "/y", "triggers": [1]},
           some("triggers", remotePath="UPDATE", triggers="ADD_REPLACE")),
]  # fmt: skip


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.what)
def test_diff(plugin: Plugin, case: Change) -> None:
    """The change is seen on its path, and forces a replacement only where the official one says so.

    A replacement is made before the old resource is deleted, unless the program says otherwise.
    """
    old, new = plugin.check(case.kind, case.old)[0], plugin.check(case.kind, case.new)[0]
    assert plugin.diff(case.kind, old, new) == case.diff


def test_diff_leaves_out_what_is_to_be_ignored(plugin: Plugin) -> None:
    """A property of ignoreChanges counts with its recorded value."""
    old, new = plugin.check(REMOTE, BASE)[0], plugin.check(REMOTE, BASE | {"create": "b"})[0]
    assert plugin.diff(REMOTE, old, new, ignoreChanges=["create"]) == NO_CHANGE


def test_diff_leaves_out_the_engines_own(plugin: Plugin) -> None:
    """`version` and what starts with two underscores is not the user's."""
    old = plugin.check(REMOTE, BASE)[0]
    assert plugin.diff(REMOTE, old, old | {"version": "9", "__x": "y"}) == NO_CHANGE


NOT_YET = {"stdout": UNKNOWN, "stderr": UNKNOWN}
CREATIONS = [
    (REMOTE, BASE, {**BASE, "connection": checked(), **NOT_YET}),
    (
        REMOTE,
        BASE | {"connection": UNKNOWN, "create": UNKNOWN, "stdin": secret(UNKNOWN),
                "environment": {"A": UNKNOWN}},
        {**BASE, "connection": UNKNOWN_SECRET, "create": UNKNOWN, "stdin": secret(""),
         "environment": {"A": UNKNOWN}}
        | NOT_YET,
    ),
    (REMOTE, BASE | {"triggers": [], "environment": {}},
     {**BASE, "connection": checked(), "triggers": [], "environment": {}, **NOT_YET}),
    (COPY, FILE, {"connection": checked(), "source": UNKNOWN, "remotePath": "/x"}),
    (COPY, FILE | {"source": text_asset("q"), "remotePath": UNKNOWN},
     {"connection": checked(), "source": UNKNOWN, "remotePath": UNKNOWN}),
    (LOCAL, {}, NOT_YET),
    (LOCAL, HERE | {"environment": {"A": secret("q")}}, HERE | {"environment": {"A": secret("q")}} | NOT_YET),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "inputs", "shown"), CREATIONS)
def test_preview_of_a_creation(plugin: Plugin, kind: str, inputs: Props, shown: Props) -> None:
    """Nothing runs; outputs are unknown, and so is what is copied."""
    made, state = plugin.create(kind, inputs, preview=True)
    assert state == shown
    assert len(made) == (0 if kind == COPY else len("it") + 8)


DONE = {"stdout": "o", "stderr": "e"}
FILES: Props = {
    "assets": {"a": {**file_asset("/a"), "text": "", "uri": ""}},
    "archive": {SIG: ARCHIVE, "path": "", "uri": "", "hash": "h", "assets": {}},
}
KEPT: Props = BASE | {"connection": checked()}
UPDATES = [
    ("nothing", BASE, KEPT | DONE),
    ("create", BASE | {"create": "z"}, KEPT | {"create": "z"} | NOT_YET),
    ("a first update shows the old outputs", BASE | {"update": "z"}, KEPT | {"update": "z"} | DONE),
    ("the environment", BASE | {"environment": {"A": "2"}}, KEPT | {"environment": {"A": "2"}} | NOT_YET),
    ("no triggers any more", without(BASE, "triggers"), without(KEPT, "triggers") | NOT_YET),
    ("the host", BASE | {"connection": {"host": UNKNOWN}},
     KEPT | {"connection": checked(host=UNKNOWN)} | NOT_YET),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "shown"), [u[1:] for u in UPDATES], ids=[u[0] for u in UPDATES])
def test_preview_of_an_update(plugin: Plugin, inputs: Props, shown: Props) -> None:
    """Nothing runs; the outputs turn unknown when a recorded input changes, not when one is new."""
    state = plugin.check(REMOTE, BASE)[0] | DONE
    assert plugin.update(REMOTE, state, inputs, preview=True) == shown


def test_preview_of_a_local_update(plugin: Plugin) -> None:
    """Files that were found become unknown with the outputs."""
    shown = plugin.update(LOCAL, HERE | DONE | FILES, HERE | {"create": "q"}, preview=True)
    assert shown == HERE | NOT_YET | {"create": "q", "assets": UNKNOWN, "archive": UNKNOWN}
    shown = plugin.update(LOCAL, HERE | DONE | FILES, HERE | {"update": "q"}, preview=True)
    assert shown == HERE | DONE | FILES | {"update": "q"}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, ("2 failures decoding:\n"
             "\tstdout: Missing required field 'stdout' on 'local.CommandOutputs'\n"
             "\tstderr: Missing required field 'stderr' on 'local.CommandOutputs'")),
        (DONE | {"zz": 1}, "1 failures decoding:\n\tzz: Unrecognized field 'zz' on 'local.CommandOutputs'"),
    ],
)  # fmt: skip
def test_a_state_of_another_shape_is_refused(plugin: Plugin, state: Props, said: str) -> None:
    """What is recorded must be what this version records."""
    with pytest.raises(Failed) as caught:
        plugin.update(LOCAL, state, {})
    assert caught.value == Failed("UNKNOWN", said)
