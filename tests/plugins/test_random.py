"""The emulated `random` provider: drawn once, kept, drawn again when a keeper changes."""

import string
from collections.abc import Iterator

import pytest

from .cloud import Cloud, start
from .harness import Failed
from .wire import SIG

ID, STRING, PASSWORD = (
    "random:index/randomId:RandomId",
    "random:index/randomString:RandomString",
    "random:index/randomPassword:RandomPassword",
)


@pytest.fixture(scope="module", name="random")
def _random(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = start("random", tmp_path_factory.mktemp("random"))
    yield started
    started.stop()


def test_an_id_has_its_bytes_in_several_notations(random: Cloud) -> None:
    """All of the same value, with the prefix in front."""
    state = random.make(ID, {"byteLength": 2, "prefix": "a-"}).state
    assert int(state["hex"].removeprefix("a-"), 16) == int(state["dec"].removeprefix("a-"))
    assert len(state["hex"]) == len("a-") + 4


def test_a_prefix_that_is_ignored_is_held(random: Cloud) -> None:
    """Documented: hex and its like have it in front, as it is given, the id has not; another one replaces.

    terraform-provider-random, docs/resources/id.md and internal/provider/resource_id.go (RequiresReplace).
    With `ignoreChanges` the engine asks with the recorded one, so what was drawn stays as it was.
    """
    made = random.make(ID, {"byteLength": 4, "prefix": "bookstore-"})
    assert all(made.state[name].startswith("bookstore-") for name in ("hex", "dec", "b64Std", "b64Url"))
    assert made.state["b64Url"] == f"bookstore-{made.id}"
    assert random.diff(made, {"byteLength": 4, "prefix": "novel-"}).replaces == ["prefix"]
    assert not random.diff(made, {"byteLength": 4, "prefix": "novel-"}, ("prefix",)).detailedDiff


def test_no_two_are_the_same(random: Cloud) -> None:
    """Each is drawn."""
    drawn = {random.make(ID, {"byteLength": 8}).state["hex"] for _ in range(5)}
    assert len(drawn) == 5


def test_a_text_has_what_it_must_have(random: Cloud) -> None:
    """Of each kind at least as many as were asked for, and no other character."""
    inputs = {"length": 12, "special": False, "minLower": 3, "minUpper": 3, "minNumeric": 3}
    result = random.make(STRING, inputs).state["result"]
    assert len(result) == 12
    assert set(result) <= set(string.ascii_letters + string.digits)
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits):
        assert sum(character in kind for character in result) >= 3


def test_a_password_is_secret(random: Cloud) -> None:
    """And its id tells nothing."""
    made = random.make(PASSWORD, {"length": 20})
    assert SIG in made.state["result"]
    assert made.id == "none"


def test_a_keeper_draws_again(random: Cloud) -> None:
    """Nothing else does: neither a refresh nor an unchanged program."""
    made = random.make(ID, {"byteLength": 2, "keepers": {"app": "a"}})
    assert random.refresh(made)
    assert random.diff(made, {"byteLength": 2, "keepers": {"app": "a"}}).changes == 1
    assert random.diff(made, {"byteLength": 2, "keepers": {"app": "b"}}).replaces == ["keepers"]


@pytest.mark.parametrize(
    ("token", "inputs", "told"),
    [
        (ID, {"byteLength": 0}, "byteLength must be at least 1"),
        (STRING, {"length": 2, "minUpper": 3}, "length must be at least 3"),
        (PASSWORD, {}, 'The argument "length" is required'),
    ],
    ids=["id", "string", "password"],
)
def test_what_can_t_be_drawn_is_refused(
    random: Cloud, token: str, inputs: dict[str, object], told: str
) -> None:
    """Documented: registry of the random provider, `byte_length` of id, `length` of string and password."""
    with pytest.raises(Failed, match=told):
        random.make(token, inputs)
