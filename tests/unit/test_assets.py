"""Every asset is used, and every template can be rendered with what it is given."""

from __future__ import annotations

import re
from typing import Final

import jinja2
import pytest
from jinja2 import meta

from components import render
from components.machine.web_stacks import WEB_STACKS
from unit import examples

TEMPLATES: Final = sorted(path.name for path in (render.ASSETS / "templates").iterdir())
SERVERS: Final = {stack.server for stack in WEB_STACKS.values()}
PROXIES: Final = {stack.proxy for stack in WEB_STACKS.values()}


def included(name: str) -> set[str]:
    """The templates that one includes."""
    return set(re.findall(r'\{% include "([^"]+)" %\}', (render.ASSETS / "templates" / name).read_text()))


def test_each_template_is_used() -> None:
    """By its name in the values of a web stack, by every release, or by another template."""
    used = {"app.service.j2", "app.socket.j2", "command.service.j2"}
    used |= {f"{server.config}.j2" for server in SERVERS}
    used |= {f"{proxy.name}-site.conf.j2" for proxy in PROXIES}
    used |= {f"{template}.j2" for proxy in PROXIES for template in proxy.frame}
    used |= {name for template in used for name in included(template)}
    assert used == set(TEMPLATES)


def test_each_template_has_golden_files() -> None:
    """An included one stands in those of the templates that include it."""
    golden = {path.name.removesuffix(".golden") for path in examples.GOLDEN.rglob("*.golden")}
    whole = {name.removesuffix(".j2") for name in TEMPLATES if name != "hardening.unit.j2"}
    assert {re.sub(r"^(nginx|apache)-site", "site", name) for name in whole} <= golden


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_only_places_values(name: str) -> None:
    """No filter, macro or assignment: what is to be computed is computed, and typed, in Python."""
    text = (render.ASSETS / "templates" / name).read_text()
    tree = jinja2.Environment(autoescape=True).parse(text)
    for kind in (jinja2.nodes.Filter, jinja2.nodes.Macro, jinja2.nodes.Assign, jinja2.nodes.FilterBlock):
        assert list(tree.find_all(kind)) == []
    assert "autoescape" not in text


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_takes_known_values_only(name: str) -> None:
    """Those that a release gives; none of a user's own text but what `notions` has checked."""
    text = (render.ASSETS / "templates" / name).read_text()
    values = meta.find_undeclared_variables(jinja2.Environment(autoescape=True).parse(text))
    assert values <= {
        *("app", "release", "paths", "server", "entry", "workers", "threads", "backlog", "drain_seconds"),
        *("request_seconds", "health_seconds", "body_bytes", "server_name", "static"),
        "denied_addresses",
    }


@pytest.mark.parametrize("name", sorted(path.name for path in (render.ASSETS / "servers").iterdir()))
def test_each_server_s_lock_is_used(name: str) -> None:
    """One for each app server; on platforms, one for what serves static folders there."""
    assert name.removesuffix(".txt") in {*(server.name for server in SERVERS), "whitenoise"}
