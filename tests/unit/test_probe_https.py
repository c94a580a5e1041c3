"""The probe by HTTPS, as a platform's URL is asked: only a valid certificate is believed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import runpy
import shlex
import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components import render
from components.target import Question
from unit import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBE: Final = render.ASSETS / "scripts/probe.py"
RELEASE: Final = "3f9c0a71be52"


def certificate(folder: Path, name: str) -> Path:
    """A certificate that nobody has signed but itself, with its key: for an address or a host's name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "probe")])
    now = dt.datetime.now(dt.UTC)
    told: x509.GeneralName = x509.DNSName(name)
    if name[0].isdigit():
        told = x509.IPAddress(ipaddress.ip_address(name))
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([told]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(signed.public_bytes(form[0]) + key.private_bytes(*form))
    return path


class Handler(BaseHTTPRequestHandler):
    """Answers with this release, and keeps what it was asked."""

    server: Server

    def do_GET(self) -> None:
        """Answer."""
        self.server.asked.append((self.path, self.headers["Host"]))
        self.send_response(200)
        if self.server.release:
            self.send_header("X-Release", self.server.release)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(HTTPServer):
    """Serves by HTTPS with a certificate; without one by HTTP."""

    def __init__(self, signed: Path | None, release: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.release = release
        if signed is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(signed)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that refuses the certificate is what is tested."""

    @property
    def place(self) -> str:
        """Where it answers."""
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def serving(signed: Path | None, release: str = RELEASE) -> Iterator[Server]:
    """A server, as long as it is needed."""
    with servers.running(Server(signed, release)) as server:
        yield server


def ask(place: str) -> Any:
    """Ask once, as the probe does again and again."""
    return runpy.run_path(str(PROBE))["ask_https"](place, "/healthz?full=1", "shop.example", 5)


def test_a_valid_certificate_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the question is the app's: its path with the query, its host name."""
    signed = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with serving(signed) as server:
        answer = ask(server.place)
    assert (answer.status, answer.release) == (200, RELEASE)
    assert server.asked == [("/healthz?full=1", "shop.example")]


def test_a_certificate_that_nobody_has_signed_is_refused(tmp_path: Path) -> None:
    """Somebody may stand in between; nothing is asked of them."""
    with (
        serving(certificate(tmp_path, "127.0.0.1")) as server,
        pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed: self"),
    ):
        ask(server.place)
    assert server.asked == []


def test_a_certificate_of_another_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However valid it is."""
    signed = certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with serving(signed) as server, pytest.raises(ssl.SSLCertVerificationError, match="address mismatch"):
        ask(server.place)
    assert server.asked == []


def test_what_speaks_no_https_is_not_asked_by_http() -> None:
    """There is no falling back."""
    with serving(None) as server, pytest.raises(ssl.SSLError):
        ask(server.place)
    assert server.asked == []


def test_a_refused_certificate_is_told(tmp_path: Path) -> None:
    """As any other answer that is not right: what it was, then the remedy."""
    with serving(certificate(tmp_path, "127.0.0.1")) as server:
        words = shlex.split(
            replace(QUESTION, place=server.place, protocol="https", seconds=1).command(RELEASE)
        )
        code, told = ran(words)
    assert code == 1
    assert told.startswith("GET /a?b=$(id): [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self")
    assert told.endswith("(after 1 seconds)\n  it's the app\n")


def ran(words: list[str]) -> tuple[int, str]:
    """How a probe with these arguments ends, as a program, and what it says."""
    done = subprocess.run(
        [sys.executable, *words[1:]], input=PROBE.read_text(), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


QUESTION: Final = Question(
    place="",
    host="shop.example",
    path="/a?b=$(id)",
    accept="any",
    seconds=10,
    remedy="it's the app",
    patience=1,
)


@pytest.mark.parametrize(
    ("release", "names_release", "code"), [(RELEASE, True, 0), ("", False, 0), ("other", True, 1)]
)
def test_a_question_is_a_command_that_the_probe_takes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    release: str,
    names_release: bool,  # noqa: FBT001
    code: int,
) -> None:
    """All of its options; answers need not name their release where they can't."""
    signed = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with serving(signed, release) as server:
        question = replace(
            QUESTION,
            place=server.place,
            protocol="https",
            pause=0.2,
            seconds=10 if code == 0 else 1,
            names_release=names_release,
            deployment="b-1",
        )
        ended = ran(shlex.split(question.command(RELEASE)))
    told = "GET /a?b=$(id) was answered by release other (after 1 seconds)\n  it's the app\n" if code else ""
    assert ended == (code, told)
    assert ("/a?b=$(id)", "shop.example") in server.asked
