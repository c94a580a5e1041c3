"""What a name, a host, a key or a value may be, each by itself."""

from __future__ import annotations

import base64
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from components import notions, ssh_keys
from unit.examples import HOST_KEY

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {
    "empty": "",
    "separator": "a;reboot",
    "substitution": "$(id)",
    "backtick": "`id`",
    "quote": "a'b",
    "double quote": 'a"b',
    "space": "a b",
    "new line": "a\nb",
    "new line at the end": "abc\n",
    "option": "-rf",
    "parent": "../x",
    "dots": "a..b",
    "upper case": "UPPER",
    "accent": "été",
    "emoji": "shop🛒",
    "right to left": "\u202eshop",
    "nul": "a\0b",
    "brace": "x;{}",
    "variable": "$host",
    "wild card": "*.x",
    "long": "x" * 300,
}


def accepts(notion: Any, value: Any) -> bool:
    """Whether a notion takes the value."""
    try:
        TypeAdapter(notion).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def rule(notion: Any, value: Any) -> str:
    """The rule that the value breaks; it has to break one."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(notion).validate_python(value, strict=True)
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.covers(2, 3)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_an_app_s_name_is_harmless(value: str) -> None:
    """It stands in commands, units, paths and configuration files."""
    assert not accepts(notions.AppName, value)


@pytest.mark.parametrize("value", ["abc", "a1-b2", "x" * 30])
def test_an_app_s_name_may_be_ordinary(value: str) -> None:
    """Lower-case letters, digits, dashes."""
    assert accepts(notions.AppName, value)


@pytest.mark.covers(2)
@pytest.mark.parametrize("value", ["ab", "x" * 31, "1ab", "ab-", "a_b", "a.b"])
def test_an_app_s_name_has_bounds(value: str) -> None:
    """3 to 30 characters, a letter first, no dash last: what all targets take."""
    assert not accepts(notions.AppName, value)


@pytest.mark.covers(4)
@pytest.mark.parametrize("notion", [notions.Host, notions.HostName], ids=["host", "name"])
@pytest.mark.parametrize("value", [v for k, v in HOSTILE.items() if k not in ("empty", "upper case")])
def test_a_host_is_harmless(notion: Any, value: str) -> None:
    """It stands in the web server's configuration."""
    assert not accepts(notion, value)


@pytest.mark.covers(4)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Shop.Example.COM", "shop.example.com"),
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
    ],
)
def test_a_host_is_a_name_or_an_address(value: str, expected: str) -> None:
    """One spelling of each, since it is compared and shown."""
    assert TypeAdapter(notions.Host).validate_python(value) == expected


@pytest.mark.covers(4)
@pytest.mark.parametrize(
    "value",
    ["", "203.0.113.777", "1.2.3", "fe80::1%eth0", "fe80::1%;reboot", "a_b.c", "a.", ".a", "-a.b", "a-.b"],
)
def test_what_only_looks_like_a_host_is_none(value: str) -> None:
    """An address with a number too big is a slip, not a name; behind a '%' could stand anything."""
    assert not accepts(notions.Host, value)


def test_no_server_name_is_one() -> None:
    """The first app of a machine answers by its address."""
    assert accepts(notions.HostName, "")


@pytest.mark.parametrize("value", ["/", "/healthz", "/a/b?full=1", "/v1.2/..hidden", "/a%20b"])
def test_a_path_may_be_ordinary(value: str) -> None:
    """With a query, if need be."""
    assert accepts(notions.UrlPath, value)


@pytest.mark.covers(12)
@pytest.mark.parametrize(
    "value", ["", "healthz", "//..", "/..", "/../x", "/a/../b", "/..?x", "/a b", "/a\n", "/$x", "/ä", "/a'b"]
)
def test_a_path_is_harmless(value: str) -> None:
    """It starts with '/', does not climb, and needs no quotes."""
    assert not accepts(notions.UrlPath, value)


@pytest.mark.covers(6)
@pytest.mark.parametrize("value", ["1A", "A-B", "", "A B", "A=B", "A\n", "É", "${A}"])
def test_a_variable_s_name_is_one(value: str) -> None:
    """As POSIX has it."""
    assert "should be letters, digits and '_'" in rule(notions.EnvironmentName, value)


@pytest.mark.covers(6)
@pytest.mark.parametrize("value", ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"])
def test_a_variable_does_not_steer_what_code_is_loaded(value: str) -> None:
    """The deployment sets these."""
    assert "decides what code is loaded" in rule(notions.EnvironmentName, value)


@pytest.mark.covers(6)
@pytest.mark.parametrize(
    "value",
    ["", "two\nlines\n", "a\tb", "100 % $(id) `id` \"'\\", "été 🛒 \u202e", "x" * 100_000],
    ids=["empty", "lines", "tab", "quotes", "unicode", "100 kB"],
)
def test_a_variable_s_value_may_be_any_text(value: str) -> None:
    """It arrives byte for byte: test_generation.py."""
    assert TypeAdapter(notions.EnvironmentValue).validate_python(value) == value


@pytest.mark.covers(6)
@pytest.mark.parametrize("notion", [notions.EnvironmentValue, notions.SecretValue, notions.Text])
@pytest.mark.parametrize(
    "value",
    ["a\0b", "a\r\n", "\x1b[31m", "a\x7f", "\ufffe", "\U0001ffff", "\ufdd0", "\ud800", "x" * 130_000],
    ids=["nul", "cr", "escape", "del", "fffe", "1ffff", "fdd0", "surrogate", "127 KiB"],
)
def test_a_value_that_would_not_arrive_is_refused(notion: Any, value: str) -> None:
    """Systemd, the shell or Linux would refuse it or cut it short, a secret like any other."""
    assert not accepts(notion, value)


@pytest.mark.covers(8)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (False, "true or false"),
        (1e3, "a number"),
        (3.10, "a number"),
        (7, "a number"),
        (None, "nothing"),
        (["a"], "a structure"),
    ],
)
def test_a_value_that_yaml_changes_has_to_be_quoted(value: Any, kind: str) -> None:
    """`no` is false to YAML, `3.10` is 3.1: nobody would know what the app gets."""
    assert f"YAML reads it as {kind}: put it in quotes" in rule(notions.EnvironmentValue, value)


@pytest.mark.parametrize("value", [3.1, 3, "2.7", "3", "3.1.2", "3.١٢", "3.123", " 3.12", "3.12\n"])
def test_a_python_version_is_text_with_two_numbers(value: Any) -> None:
    """YAML's 3.10 would ask for 3.1."""
    assert "in quotes" in rule(notions.PythonVersion, value)


@pytest.mark.covers(13)
@pytest.mark.parametrize("value", [0, -1, 257, 10_000, "many", True, 2.0, None, "4"])
def test_workers_have_bounds(value: Any) -> None:
    """'auto', or a number that a machine can start; one rule, not one for each branch."""
    assert rule(notions.Workers, value).endswith(
        "should be 'auto' or a whole number from 1 to 256, for example auto"
    )


@pytest.mark.parametrize("value", ["auto", 1, 256])
def test_workers_may_be_ordinary(value: Any) -> None:
    """The bounds belong to them."""
    assert TypeAdapter(notions.Workers).validate_python(value) == value


@pytest.mark.parametrize("value", ["images", "a/b.c", "a/b/", ".well-known", "..x"])
def test_a_folder_may_be_ordinary(value: str) -> None:
    """A slash at its end means nothing."""
    assert TypeAdapter(notions.Folder).validate_python(value) == value.rstrip("/")


@pytest.mark.parametrize(
    "value", ["", "/", "/etc", "../x", "a/../b", ".", "a//b", "-rf", "a b", "a\nb", "a;b", '"', "$x", "ä"]
)
def test_a_folder_is_inside_the_app_and_harmless(value: str) -> None:
    """It stands in shell loops and in the web server's configuration."""
    assert not accepts(notions.Folder, value)


@pytest.mark.parametrize(
    "value", ["", "/", "avatar", "/a/", "//a", "/../a", "/a b", '/a"', "/{}", "/a\n", "/$x"]
)
def test_a_url_prefix_is_harmless(value: str) -> None:
    """It stands in the web server's configuration."""
    assert not accepts(notions.UrlPrefix, value)


@pytest.mark.parametrize("value", ["", "Root", "a b", "a;b", "-a", "a\n", "x" * 33, "$USER"])
def test_a_login_name_is_harmless(value: str) -> None:
    """It stands in messages and in the connection."""
    assert not accepts(notions.LoginName, value)


@pytest.mark.parametrize(
    "value", ["3f9c0a71be5", "3F9C0A71BE52", "3f9c0a71be52\n", "../../etc/pas", "latest"]
)
def test_a_kept_release_has_a_form(value: str) -> None:
    """It stands in paths. Which forms there are is test_pinned's."""
    assert not accepts(notions.KeptRelease, value)


@pytest.mark.parametrize("value", [f"{HOST_KEY}\n", f"{HOST_KEY} root@shop", f"  {HOST_KEY}"])
def test_a_host_key_is_kept_without_its_comment(value: str) -> None:
    """So that the same key is the same machine."""
    assert TypeAdapter(ssh_keys.HostKey).validate_python(value) == HOST_KEY


@pytest.mark.covers(10)
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "should be one public host key"),
        ("nonsense", "should be one public host key"),
        (f"{HOST_KEY}\n{HOST_KEY}", "should be one public host key"),
        (f"203.0.113.7 {HOST_KEY}", "leave out the host in front"),
        (HOST_KEY[:-4], "damaged"),
        (f"{HOST_KEY[:30]}!{HOST_KEY[31:]}", "damaged"),
        (f"{HOST_KEY[:-1]}é", "damaged"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "damaged"),
        (HOST_KEY.replace("ssh-ed25519", "ecdsa-sha2-nistp256"), "not a ecdsa-sha2-nistp256 key"),
        ("ssh-rsa AAAAB3NzaC1yc2E=", "an RSA key can't be pinned"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "should be one public host key"),
    ],
    ids=[
        "empty",
        "words",
        "two",
        "known_hosts",
        "cut",
        "character",
        "accent",
        "head",
        "type",
        "rsa",
        "private",
    ],
)
def test_a_host_key_is_one_whole_public_key(value: str, says: str) -> None:
    """The rule says where to get it; the provider would only say that something is short."""
    told = rule(ssh_keys.HostKey, value)
    assert says in told
    assert "cat /etc/ssh/ssh_host_ed25519_key.pub" in told or "known_hosts" in told


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Private keys as ssh-keygen writes them, and a public one."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not here")
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for name, options in {
        "openssh": ["-t", "ed25519", "-N", ""],
        "openssh, passphrase": ["-t", "ed25519", "-N", "correct horse"],
        "pem": ["-t", "ecdsa", "-m", "PEM", "-N", ""],
        "pem, passphrase": ["-t", "ecdsa", "-m", "PEM", "-N", "correct horse"],
        "pkcs8": ["-t", "ecdsa", "-m", "PKCS8", "-N", ""],
        "pkcs8, passphrase": ["-t", "ecdsa", "-m", "PKCS8", "-N", "correct horse"],
    }.items():
        path: Path = folder / name
        subprocess.run(["ssh-keygen", "-q", "-f", path, *options], check=True)
        made[name] = path.read_text()
        made[f"{name}, public"] = path.with_name(f"{name}.pub").read_text()
    return made


@pytest.mark.parametrize("kind", ["openssh", "pem", "pkcs8"])
def test_a_private_key_may_be_of_any_format(keys: dict[str, str], kind: str) -> None:
    """What ssh-keygen writes is taken as it is."""
    assert ssh_keys.private_key(keys[kind]) == keys[kind]


@pytest.mark.covers(9)
def test_a_private_key_s_line_ends_are_mended(keys: dict[str, str]) -> None:
    """A key that went through Windows, or lost its last new line, is still that key."""
    assert ssh_keys.private_key(keys["openssh"].strip().replace("\n", "\r\n")) == keys["openssh"]


@pytest.mark.covers(9)
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("openssh, passphrase", "has a passphrase"),
        ("pem, passphrase", "has a passphrase"),
        ("pkcs8, passphrase", "has a passphrase"),
        ("openssh, public", "this is the public one"),
        ("pem, public", "this is the public one"),
    ],
)
def test_a_private_key_that_can_t_be_used_is_refused(keys: dict[str, str], kind: str, says: str) -> None:
    """With a passphrase nobody could type it; the rule never shows the key."""
    with pytest.raises(ValueError, match=says) as caught:
        ssh_keys.private_key(keys[kind])
    assert not [line for line in keys[kind].split() if len(line) > 20 and line in str(caught.value)]


@pytest.mark.covers(9)
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("~/.ssh/id_ed25519", "not its path"),
        ("/home/me/.ssh/id_rsa", "not its path"),
        ("", "not its path"),
        ("-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----", "whole text of a private key"),
        ("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----", "whole text of a private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY----- TUlJ -----END OPENSSH PRIVATE KEY-----", "line by line"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nTUlJ", "line by line"),
    ],
    ids=["path", "root's path", "empty", "public", "certificate", "one line", "cut"],
)
def test_what_is_no_private_key_is_refused(value: str, says: str) -> None:
    """The provider would only say 'ssh: no key found'."""
    with pytest.raises(ValueError, match=says):
        ssh_keys.private_key(value)


def test_a_private_key_with_strange_characters_is_not_called_encrypted() -> None:
    """Its text is not decoded here any further than to find a cipher's name."""
    body = base64.b64encode(b"openssh-key-v1\0\0\0\0\x04none").decode()
    for line in (body, "é"):
        text = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{line}\n-----END OPENSSH PRIVATE KEY-----\n"
        assert ssh_keys.private_key(text) == text
