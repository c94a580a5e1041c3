"""What pydantic found, in plain words: the path, the rule, an example."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, ValidationError

from components import faults
from components.settings import Section


class Inner(Section):
    """A section of a section."""

    path: str = Field("", examples=["/healthz"])
    inner: int = Field(1, ge=1, examples=[7])


class Outer(Section):
    """A section."""

    host_name: str = Field(examples=["shop.example.com"])
    inner: Inner = Inner()
    folders: list[str] = Field([], examples=[["images"]])
    values: dict[str, bool] = Field({})
    maybe: Inner | None = Field(None, examples=[{"path": "/healthz"}])


def told(value: Any, prefix: str = "", beside: tuple[str, ...] = ()) -> list[str]:
    """The faults of a value; it has to have some."""
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(value, by_alias=True, by_name=False)
    return faults.explain(caught.value, Outer, prefix, beside)


@pytest.mark.parametrize("space", ["flask-deployy", "flask-deploi", "flask_deploy", "Flask-Deploy"])
def test_a_misspelled_namespace_is_a_fault(space: str) -> None:
    """Otherwise nothing would read the key, and nobody would say so; the value is not shown."""
    (fault,) = faults.misspelled([f"{space}:app", "flask-deploy:app"], "flask-deploy")
    assert fault.startswith(f"{space}:app: is nobody's key; did you mean 'flask-deploy:app'?")


@pytest.mark.parametrize(
    "name",
    [
        *("flask-deploy:app", "aws:region", "gcp:project", "heroku:apiKey", "alicloud:region"),
        "flask:app",
        "app",
    ],
)
def test_other_namespaces_are_others(name: str) -> None:
    """Their programs and providers read them."""
    assert faults.misspelled([name], "flask-deploy") == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({}, "hostName: is required, for example shop.example.com"),
        ({"hostName": 1}, "hostName: should be text, for example shop.example.com"),
        ({"hostName": None}, "hostName: should be text, for example shop.example.com"),
        ({"folders": "images"}, 'folders: should be a list, for example ["images"]'),
        ({"folders": [1]}, 'folders/0: should be text, for example ["images"]'),
        ({"values": []}, "values: should be a map of keys and values"),
        ({"values": {"str": "no"}}, "values/str: should be true or false"),
        ({"inner": "x"}, "inner: should be a section of keys and values"),
        ({"inner": {"inner": "7"}}, "inner/inner: should be a whole number, for example 7"),
        ({"inner": {"inner": 1.5}}, "inner/inner: should be a whole number, for example 7"),
        ({"inner": {"inner": 0}}, "inner/inner: should be greater than or equal to 1, for example 7"),
        ({"maybe": 5}, 'maybe: should be a section of keys and values, for example {"path": "/healthz"}'),
        ({"maybe": {"path": 1}}, "maybe/path: should be text, for example /healthz"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value),
)
def test_a_fault_says_where_what_and_for_example(value: dict[str, Any], fault: str) -> None:
    """In the words of the configuration, not of Python."""
    assert told({"hostName": "x", **value} if value else {}) == [fault]


@pytest.mark.covers(16)
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"hostname": 1}, "hostname: is not a key here; did you mean 'hostName'?"),
        ({"host_name": "x"}, "host_name: is not a key here; did you mean 'hostName'?"),
        ({"inner": {"pathh": 1}}, "inner/pathh: is not a key here; did you mean 'path'?"),
        ({"maybe": {"pathh": 1}}, "maybe/pathh: is not a key here; did you mean 'path'?"),
        ({"inner": {"maybe": 1}}, "inner/maybe: is not a key here; the keys are path, inner; remove it"),
        ({"inner": {"int": 1}}, "inner/int: is not a key here; did you mean 'inner'?"),
        ({"vmm": {}}, "vmm: is not a key here; did you mean 'vm'?"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value),
)
def test_an_unknown_key_gets_the_nearest_of_its_own_section(value: dict[str, Any], fault: str) -> None:
    """The key of another section would send people astray."""
    assert told({"hostName": "x", **value}, beside=("vm",)) == [fault]


@pytest.mark.covers(16)
@pytest.mark.parametrize("name", ["zzz", "[key]"])
def test_an_unknown_key_that_is_near_to_none_gets_the_list(name: str) -> None:
    """Even one that looks like a word of pydantic's."""
    assert told({"hostName": "x", name: 1}) == [
        f"{name}: is not a key here; the keys are hostName, inner, folders, values, maybe; remove it"
    ]


def test_a_section_s_name_stands_in_front() -> None:
    """`vm/host`, as one would look for it."""
    assert told({}, "vm") == ["vm/hostName: is required, for example shop.example.com"]
    assert told("text", "vm") == ["vm: should be a section of keys and values"]


def test_all_faults_come_once_and_sorted() -> None:
    """So that one run is enough to mend all of them."""
    assert [line.partition(":")[0] for line in told({"zzz": 1, "inner": {"inner": 0}, "folders": 1})] == [
        "folders",
        "hostName",
        "inner/inner",
        "zzz",
    ]


def test_a_fault_is_one_line() -> None:
    """A key with a new line or an escape sequence can't forge one."""
    assert told({"hostName": "x", "a\nb\x1b[31m": 1})[0].startswith(r"'a\nb\x1b[31m': is not a key here")


def test_values_are_not_repeated() -> None:
    """One may be a secret in the wrong place."""
    lines = told({"hostName": ["c4n4ry"], "folders": "c4n4ry", "inner": {"inner": "c4n4ry"}})
    assert len(lines) == 3
    assert "c4n4ry" not in "\n".join(lines)
