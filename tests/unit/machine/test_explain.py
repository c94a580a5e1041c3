"""Why a machine can't be reached: told in words, and waited for only where waiting helps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from components import explained
from components.machine import explain
from unit import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

GAVE_UP = "after 3 failed attempts: "
SSH = f"{GAVE_UP}ssh: handshake failed: "
DIAL = f"{GAVE_UP}dial tcp 203.0.113.7:22: "

# The provider's own texts, as tests/plugins/test_connect.py has recorded them; then meaning and patience.
TEXTS = {
    f"{SSH}ssh: host key mismatch": ("it shows another host key", False),
    f"{SSH}ssh: no common algorithm for host key; client offered: [ssh-rsa]": ("no host key of the", False),
    f"{SSH}ssh: unable to authenticate, attempted methods [none publickey]": ("not accept this user", False),
    f"{GAVE_UP}dial tcp: lookup shop.example: no such host": ("its name is not known", False),
    f"{DIAL}connect: connection refused": ("nothing listens", True),
    f"{DIAL}connect: no route to host": ("there is no way to it", True),
    f"{DIAL}i/o timeout": ("it does not answer", True),
    f"{SSH}read tcp 10.0.0.1:5->203.0.113.7:22: read: connection reset by peer": ("its sshd ends", True),
    f"{SSH}EOF": ("its sshd ends", True),
    f"{SSH}unable to authenticate, attempted methods [none], no supported methods remain": (
        "no private key is configured",
        False,
    ),
    "Process exited with status 1: …\nsudo: a password is required": ("sudo wants a password", False),
    "Process exited with status 127:\nbash: line 1: sudo: command not found": ("it has no sudo", False),
    'wait: remote command exited without exit status or exit signal: running "sudo …":\n': (
        "the connection was lost while a step",
        False,
    ),
    "failed to copy file a.tar to remote path /var/b.tar: connection lost": ("while a file was sent", False),
    'failed to copy file a.tar to remote path /var/b.tar: sftp: "Failure" (SSH_FX_FAILURE)': (
        "it can't keep the file",
        False,
    ),
    "ssh: subsystem request failed": ("its sshd has no sftp", False),
    "error receiving version packet from server: server unexpectedly closed connection: unexpected EOF": (
        "its sftp does not speak the protocol",
        False,
    ),
    'Process exited with status 124: running "sudo …":\n': ("longer than it may", False),
    'Process exited with status 137: running "sudo …":\n': ("killed there", False),
    "Process exited with status 1: …\nThis account is currently not available.": ("has no shell", False),
    'Process exited with status 142: …\nPlease login as the user "ubuntu" rather than the user "root".': (
        "may not log in there",
        False,
    ),
    'Process exited with status 1: running "x":\nconnection lost': (None, False),
    "Process exited with status 1:\ncurl: (7) connection refused": (None, False),
    "Process exited with status 1:\npsycopg: after 2 failed attempts: connection refused": (None, False),
    "Process exited with status 1: …\nerror: port 80 is taken": (None, False),
    "": (None, False),
}  # fmt: skip


@pytest.mark.parametrize(("text", "meaning", "passes"), [(t, *m) for t, m in TEXTS.items()], ids=[*TEXTS])
def test_a_text_of_the_provider_gets_its_meaning(text: str, meaning: str | None, passes: bool) -> None:  # noqa: FBT001
    """What a script printed is never taken for a reason why the machine can't be reached."""
    found = explain.reason(text)
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert meaning in found.meaning
        assert found.passes == passes
        assert found.remedy


def test_each_reason_has_a_text_that_leads_to_it() -> None:
    """One that nothing leads to would be dead."""
    reached = {found.sign for text in TEXTS if (found := explain.reason(text))}
    assert reached == {
        known.sign
        for known in (*explain.UNREACHABLE, *explain.CUT_SHORT, *explain.NO_SHELL, *explain.NO_SUDO)
    }


def asked(
    texts: list[str], between: Callable[[], None] = lambda: None
) -> tuple[list[bool], list[tuple[str, str]]]:
    """What a hook with 45 seconds of patience answers to one failure after the other, and what it says."""
    return hooks.asked(lambda: explain.hook("vm/host: ubuntu@203.0.113.7 port 22", 45), texts, between)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> hooks.Clock:
    """The time that the hook sees."""
    return hooks.Clock(monkeypatch)


REFUSED = f"{DIAL}connect: connection refused"


@pytest.mark.covers(31)
def test_a_booting_machine_is_waited_for(clock: hooks.Clock) -> None:
    """As long as was promised, no longer; then the message says how long that was."""
    answers, said = asked([REFUSED] * 30)
    assert answers == [True] * 15 + [False] * 15
    assert clock.now == 1045
    told = (
        "vm/host: ubuntu@203.0.113.7 port 22: nothing listens on its SSH port (after 45 seconds); "
        "is it up, is sshd running, is that the port?"
    )
    assert said[0] == ("error", told)


def test_the_time_runs_between_failures_too(clock: hooks.Clock) -> None:
    """A try that itself takes long counts."""

    def pass_time() -> None:
        clock.now += 20

    answers, _ = asked([REFUSED] * 4, between=pass_time)
    assert answers == [True, True, False, False]


def test_a_wrong_key_is_not_tried_again(clock: hooks.Clock) -> None:
    """Many tries get the sender banned."""
    answers, said = asked([f"{SSH}ssh: unable to authenticate, attempted methods [none publickey]"])
    assert (answers, clock.now) == ([False], 1000)
    assert "it does not accept this user with this key; put the key's public half" in said[0][1]


def test_what_explains_itself_is_left_alone(clock: hooks.Clock) -> None:
    """A script's own message is the best one."""
    answers, said = asked(["Process exited with status 1:\nerror: port 80 is taken by apache2"])
    assert (answers, said, clock.now) == ([False], [], 1000)


def test_waiting_does_not_hold_up_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other resources go on meanwhile: the pause belongs to the event loop."""
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", pause)
    asked([REFUSED])
    assert explained.PAUSE_SECONDS in paused
