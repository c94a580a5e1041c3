"""Parts of an app's machine that need no machine: what is run how, what the log says, where requests go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.plugins.heroku.guest import ports
from sandbox.plugins.heroku.guest.logplex import LINES, Log
from sandbox.plugins.heroku.guest.manager import Manager
from sandbox.plugins.heroku.guest.order import Desired, Order
from sandbox.plugins.heroku.guest.router import describe

if TYPE_CHECKING:
    from pathlib import Path

ORDER = Order(name="web.1", command="x", size="Basic", slug="s", suite="trixie", config_vars={"A": "1"})
REPORT = {
    "code": "",
    "desc": "",
    "method": "GET",
    "path": "/a?b",
    "host": "shop",
    "request_id": "r",
    "fwd": "1.2.3.4",
    "dyno": "web.1",
    "connect": "0.001",
    "service": "0.250",
    "upstream": "200",
    "status": "200",
    "bytes": "5",
    "protocol": "http",
}


@pytest.mark.parametrize(
    ("command", "run"),
    [
        ("gunicorn app:app --bind 0.0.0.0:$PORT", "exec gunicorn app:app --bind 0.0.0.0:$PORT"),
        ("flask db upgrade && echo done", "flask db upgrade && echo done"),
        ("A=1 python app.py", "A=1 python app.py"),
    ],
)
def test_a_program_is_the_dynos_own_process(command: str, run: str) -> None:
    """One program gets the signals itself; a command line for a shell stays one."""
    assert Order(**{**vars(ORDER), "command": command}).shell_command == run


def test_a_dynos_environment() -> None:
    """Config vars, and what Heroku adds, which wins."""
    assert ORDER.environment(5000) == {"A": "1", "DYNO": "web.1", "PORT": "5000"}


@pytest.mark.parametrize(
    ("address", "reachable"),
    [("00000000", True), ("0100007F", False), ("00000000000000000000000000000000", True)],
)
def test_a_port_on_the_loopback_is_none(
    address: str, monkeypatch: pytest.MonkeyPatch, *, reachable: bool
) -> None:
    """A router can't reach 127.0.0.1 of a dyno: what listens there alone is not up (R10)."""
    monkeypatch.setattr(ports, "_listening", lambda: [(address, 5000)])
    assert ports.listens(5000) is reachable
    assert not ports.listens(5001)


def test_the_log_has_a_limit(tmp_path: Path) -> None:
    """1500 lines are kept: https://devcenter.heroku.com/articles/logging#log-history-limits."""
    log = Log(tmp_path / "log")
    log.write("app", "web.1", "\n".join(f"{number} {'x' * 1000}" for number in range(2000)))
    log.write("heroku", "web.1", "State changed from starting to up", at="2026-01-01T00:00:00+00:00")
    lines = log.tail().splitlines()
    assert len(lines) == LINES
    assert lines[-1] == "2026-01-01T00:00:00+00:00 heroku[web.1]: State changed from starting to up"
    assert (tmp_path / "log").stat().st_size < 2_000_000


def test_a_routers_line() -> None:
    """As https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format has it."""
    assert describe(REPORT) == (
        'at=info method=GET path="/a?b" host=shop request_id=r fwd="1.2.3.4" dyno=web.1 connect=1ms '
        "service=250ms status=200 bytes=5 protocol=http"
    )


def test_a_routers_line_about_an_app_that_crashed() -> None:
    """As https://devcenter.heroku.com/articles/error-codes#h10-app-crashed has it."""
    own = {"code": "H10", "dyno": "", "connect": "", "service": "", "upstream": "", "status": "503"}
    assert describe({**REPORT, **own}) == (
        'at=error code=H10 desc="App crashed" method=GET path="/a?b" host=shop request_id=r '
        'fwd="1.2.3.4" dyno= connect= service= status=503 bytes=5 protocol=http'
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"upstream": "504", "status": "503"}, "H12"),
        ({"upstream": "504", "status": "503", "connect": "-"}, "H19"),
        ({"upstream": "502", "status": "503"}, "H13"),
        ({"upstream": "502", "status": "503", "connect": "-"}, "H21"),
        ({"status": "499"}, "H27"),
    ],
)
def test_codes_of_what_the_router_meets(changed: dict[str, str], code: str) -> None:
    """https://devcenter.heroku.com/articles/error-codes."""
    assert f"at=error code={code} " in describe({**REPORT, **changed})


class Dyno:
    """A dyno as the choice of one sees it."""

    def __init__(self, state: str) -> None:
        self.name, self.state, self.port, self.order = "web.1", state, 5000, ORDER


@pytest.mark.parametrize(
    ("host", "desired", "states", "expected"),
    [
        ("shop", {}, ["up"], ("", 200)),
        ("shop", {}, ["crashed", "up"], ("", 200)),
        ("a.example.com", {}, ["up"], ("", 200)),
        ("other", {}, ["up"], ("", 404)),
        ("shop", {"slug": ""}, [], ("H81", 502)),
        ("shop", {"orders": ()}, [], ("H14", 503)),
        ("shop", {}, ["crashed"], ("H10", 503)),
    ],
)
def test_where_a_request_goes(
    host: str, desired: dict[str, Any], states: list[str], expected: tuple[str, int], tmp_path: Path
) -> None:
    """To a dyno that is up; otherwise the code says why nowhere. An unknown host is no app's."""
    manager = Manager(Log(tmp_path / "log"))
    usual = {"hosts": ("shop", "*.example.com"), "slug": "s", "stamp": "", "orders": (ORDER,)}
    manager._desired = Desired(**{**usual, **desired})
    manager._dynos = {f"web.{number}": Dyno(state) for number, state in enumerate(states)}  # type: ignore[misc]
    answer = manager.choose(host)
    assert (answer.code, answer.status) == expected
