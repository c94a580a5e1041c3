"""What a check accepts, and what it makes of it. Expectations recorded from 1.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from .wire import (
    COPY,
    COPY_TO,
    FULL_ARCHIVE,
    FULL_ASSET,
    FULL_TEXT,
    HOST,
    LOCAL,
    REMOTE,
    UNKNOWN,
    UNKNOWN_BOOL,
    UNKNOWN_SECRET,
    Props,
    checked,
    file_archive,
    file_asset,
    secret,
    text_asset,
)

if TYPE_CHECKING:
    from .harness import Plugin


class Good(NamedTuple):
    """Inputs that pass, and what becomes of them."""

    what: str
    kind: str
    given: Props
    becomes: Props


GOOD = [
    Good("defaults", REMOTE, {"connection": HOST}, {"connection": checked()}),
    Good(
        "secrets in the connection and the proxy's defaults",
        REMOTE,
        {
            "connection": {
                "host": "h",
                "password": "p",
                "privateKey": "k",
                "privateKeyPassword": "q",
                "perDialTimeout": 0,
                "dialErrorLimit": -1,
                "proxy": {"host": "b", "password": "r"},
            }
        },
        {
            "connection": checked(
                password=secret("p"),
                privateKey=secret("k"),
                privateKeyPassword=secret("q"),
                perDialTimeout=0.0,
                dialErrorLimit=-1.0,
                proxy=checked(host="b", password=secret("r"))["value"],
            )
        },
    ),
    Good("whole numbers are cut", REMOTE, {"connection": HOST | {"dialErrorLimit": 1.7}},
         {"connection": checked(dialErrorLimit=1.0)}),
    Good("logging is not checked", REMOTE, {"connection": HOST, "logging": "Stdout"},
         {"connection": checked(), "logging": "Stdout"}),
    Good("an empty host", REMOTE, {"connection": {"host": ""}}, {"connection": checked(host="")}),
    Good("empty collections stay", REMOTE,
         {"connection": HOST, "environment": {}, "triggers": [], "create": "", "stdin": None},
         {"connection": checked(), "environment": {}, "triggers": [], "create": ""}),
    Good("triggers of any kind", REMOTE, {"connection": HOST, "triggers": [1, "x", None, [], {"a": None}]},
         {"connection": checked(), "triggers": [1.0, "x", None, [], {}]}),
    Good("secrets stay where they are", REMOTE,
         {"connection": secret(HOST), "environment": secret({"A": secret("x")}), "stdin": secret("s")},
         {"connection": checked(), "environment": secret({"A": secret("x")}), "stdin": secret("s")}),
    Good("an unknown connection", REMOTE,
         {"connection": UNKNOWN, "create": UNKNOWN, "triggers": [UNKNOWN],
          "addPreviousOutputInEnv": UNKNOWN_BOOL},
         {"connection": UNKNOWN_SECRET, "create": UNKNOWN, "triggers": [UNKNOWN],
          "addPreviousOutputInEnv": UNKNOWN}),
    Good("an unknown host", REMOTE,
         {"connection": {"host": UNKNOWN, "port": UNKNOWN}, "triggers": UNKNOWN,
          "environment": {"A": UNKNOWN}},
         {"connection": checked(host=UNKNOWN, port=UNKNOWN), "triggers": UNKNOWN,
          "environment": {"A": UNKNOWN}}),
    Good("an unknown secret becomes a known empty one", REMOTE,
         {"connection": HOST | {"privateKey": secret(UNKNOWN)}, "stdin": secret(UNKNOWN)},
         {"connection": checked(privateKey=secret("")), "stdin": secret("")}),
    Good("an unknown proxy", REMOTE, {"connection": HOST | {"proxy": UNKNOWN}},
         {"connection": checked(proxy=UNKNOWN)}),
    Good("a local command needs nothing", LOCAL, {}, {}),
    Good("a local command", LOCAL,
         {"create": "a", "interpreter": ["b"], "dir": UNKNOWN, "assetPaths": ["c"],
          "environment": {"A": secret("b")}},
         {"create": "a", "interpreter": ["b"], "dir": UNKNOWN, "assetPaths": ["c"],
          "environment": {"A": secret("b")}}),
    Good("a file", COPY, {**COPY_TO, "source": file_asset("/a"), "remotePath": UNKNOWN},
         {"connection": checked(), "source": FULL_ASSET, "remotePath": UNKNOWN}),
    Good("a secret text", COPY, {**COPY_TO, "source": secret(text_asset("a"))},
         {"connection": checked(), "source": secret(FULL_TEXT), "remotePath": "/x"}),
    Good("an archive by its path", COPY, {**COPY_TO, "source": file_archive("/a")},
         {"connection": checked(), "source": FULL_ARCHIVE, "remotePath": "/x"}),
]  # fmt: skip


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.what)
def test_accepts(plugin: Plugin, case: Good) -> None:
    """The inputs pass, with the official defaults, secrets and unknown values."""
    assert plugin.check(case.kind, case.given) == (case.becomes, [])
