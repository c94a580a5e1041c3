"""The login user's private key: text, a file, or the ssh-agent's; shown by nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from pydantic import SecretStr, ValidationError

from components.errors import ConfigError
from components.login_key import LoginKeySection as Section

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"


def test_a_key_may_be_text_a_file_or_the_agent_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text or a file; without either it is the agent's, and both are refused."""
    (tmp_path / "key").write_text(KEY.replace("\n", "\r\n"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Section().key("vm") is None
    assert Section(private_key_file="~/key").key("vm") == KEY
    assert Section(private_key=SecretStr(KEY)).key("vm") == KEY
    with pytest.raises(ValidationError, match="'privateKey' or 'privateKeyFile', not both"):
        Section(private_key=SecretStr(KEY), private_key_file="~/key")


@pytest.mark.covers(9)
@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), ("ssh-ed25519 AAAA", "this is the public one"), ("\0\x7fELF", "not its path")],
    ids=["missing", "public", "something else"],
)
@pytest.mark.parametrize("section", ["vm", "ecs"])
def test_a_key_file_that_is_none_is_told(
    tmp_path: Path, content: str | None, says: str, section: str
) -> None:
    """With the section and its path; never with what is in it."""
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        Section(private_key_file=str(path)).key(section)
    (told,) = caught.value.faults
    assert told.startswith(f"{section}/privateKeyFile: {path} ")
    assert says in told
    assert "ELF" not in told


@pytest.mark.covers(9)
def test_a_section_shows_no_key() -> None:
    """In no repr, dump or schema default."""
    shown = Section(private_key=SecretStr(KEY))
    assert "TUlJ" not in f"{shown!r} {shown} {shown.model_dump()}"
