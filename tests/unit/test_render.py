"""What is sent: templates with all of their values, scripts as they are."""

from __future__ import annotations

import jinja2
import pytest

from components import render


def test_a_missing_value_is_an_error() -> None:
    """An empty string in its place would be a valid, wrong configuration."""
    with pytest.raises(jinja2.UndefinedError, match="'backlog' is undefined"):
        render.template("app.socket", app="bookstore", release="ab", paths=_Any())


def test_values_are_not_escaped_for_html() -> None:
    """These are configuration files: what `notions` lets through stands as it is."""
    values = {"entry": "a:b", "paths": _Any(), "workers": 1, "threads": 1, "backlog": 1, "drain_seconds": 1}
    text = render.template("gunicorn.conf.py", release="&<>'", **values)
    assert "release &<>'. " in text


def test_a_file_ends_in_a_new_line_and_blocks_leave_no_blank_ones() -> None:
    """As if written by hand."""
    frame = render.template("apache-frame.conf")
    assert frame.endswith("\n")
    assert not frame.endswith("\n\n")


def test_a_script_is_its_files_as_they_are_and_runs_in_its_last_line() -> None:
    """`exit` on that line keeps bash from reading the payload behind it."""
    common, secrets = render.asset("scripts/common.sh"), render.asset("scripts/secrets.sh")
    assert render.script("secrets") == f'{common}\n{secrets}\nmain "$@"; exit\n'


class _Any:
    def __getattr__(self, name: str) -> str:
        return name
