"""Ask the app whether it serves: by its own socket, through the web server, or by its URL.

Runs wherever it is sent, with that computer's own Python (3.10 or newer) and nothing else.
Exit code 0: the release named answers as it should. Otherwise 1, and standard output says what
came instead.
"""

import argparse
import http.client
import os
import socket
import struct
import subprocess
import threading
import time

ANSWER_LIMIT = 1 << 20


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def connect(self) -> None:
        """Connect to the socket whose path stands for the host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


class Answer:
    """Status, release (the X-Release header) and place (Location) of one answer."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.release = headers.get("x-release", "")
        self.location = headers.get("location", "")


def ask_http(place: str, path: str, host: str, timeout: float) -> Answer:
    """Ask by HTTP: `place` is a socket's path or address:port."""
    kind = UnixConnection if place.startswith("/") else http.client.HTTPConnection
    return ask_over(kind(place, timeout=timeout), path, host)


def ask_https(place: str, path: str, host: str, timeout: float) -> Answer:
    """Ask by HTTPS: `place` is host:port, and its certificate must be valid."""
    return ask_over(http.client.HTTPSConnection(place, timeout=timeout), path, host)


def ask_over(connection: http.client.HTTPConnection, path: str, host: str) -> Answer:
    """Ask over a connection, and close it."""
    try:
        connection.request("GET", path, headers={"Host": host, "User-Agent": "flask-deploy"})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers)
    finally:
        connection.close()


def ask_uwsgi(place: str, path: str, host: str, timeout: float) -> Answer:
    """Ask by uWSGI's protocol, as the web server does.

    A packet is modifier1 (1 byte), size (2 bytes, little endian), modifier2 (1 byte), then each
    variable as length and bytes of its name and its value; the answer is plain HTTP.
    Source: uWSGI documentation, "The uwsgi Protocol".
    """
    path, _, query = path.partition("?")
    variables = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": path + ("?" + query if query else ""),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "HTTP_USER_AGENT": "flask-deploy",
    }
    body = b""
    for name, value in variables.items():
        for part in (name.encode(), value.encode()):
            body += struct.pack("<H", len(part)) + part
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(place)
        connection.sendall(struct.pack("<BHB", 0, len(body), 0) + body)
        data = b""
        while b"\r\n\r\n" not in data and len(data) < ANSWER_LIMIT:
            part = connection.recv(65536)
            if not part:
                break
            data += part
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    if len(head[0].split()) < 2:
        raise ConnectionError("the app closed the connection without an answer")
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Answer(int(head[0].split()[1]), headers)


class Question:
    """One question, asked again and again until the answer is right, the time is up or the unit has ended."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.last = "no answer"
        self.right = threading.Event()
        self.deadline = time.monotonic() + options.seconds

    def judge(self, answer: Answer) -> str:
        """Say what is wrong with an answer; nothing when it is right."""
        path = self.options.path
        if answer.status >= 500 or (self.options.accept == "success" and not 200 <= answer.status < 300):
            place = f" to {answer.location}" if answer.location else ""
            return f"GET {path} answered {answer.status}{place}"
        if answer.release != self.options.release and not self.options.any_release:
            return f"GET {path} was answered by release {answer.release or 'unknown'}"
        return ""

    def ask(self) -> None:
        """Ask until the answer is right. Runs beside `wait`, since an app may never answer."""
        question = {"uwsgi": ask_uwsgi, "http": ask_http, "https": ask_https}[self.options.protocol]
        options, asked = self.options, False
        while (left := self.deadline - time.monotonic()) > 0:
            seconds = min(left, options.patience or left)
            try:
                answer = question(options.place, options.path, options.host, seconds)
            except (OSError, ValueError, http.client.HTTPException) as error:
                # A last try that had not its whole time says less than the one before it.
                if not (asked and isinstance(error, TimeoutError) and seconds < options.patience):
                    self.last = f"GET {options.path}: {error or type(error).__name__}"
            else:
                self.last = self.judge(answer)
                if not self.last:
                    self.right.set()
                    return
            asked = True
            time.sleep(options.pause)

    def wait(self) -> str:
        """Return what is wrong in the end; nothing when the answer was right."""
        threading.Thread(target=self.ask, daemon=True).start()
        while time.monotonic() < self.deadline:
            if self.right.wait(0.2):
                return ""
            if self.options.unit and has_ended(self.options.unit):
                return "the app ended while it was starting"
        return f"{self.last} (after {self.options.seconds} seconds)"


def has_ended(unit: str) -> bool:
    """Whether systemd saw the unit's process end since it was started."""
    shown = subprocess.run(
        ["systemctl", "show", "--property=NRestarts,ActiveState", unit],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return "NRestarts=0" not in shown or "ActiveState=failed" in shown


def main() -> None:
    """Ask, say what is wrong, and exit with the outcome."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("place", help="a socket's path, or address:port")
    parser.add_argument("protocol", choices=["uwsgi", "http", "https"])
    parser.add_argument("path")
    parser.add_argument("accept", choices=["success", "any"], help="2xx, or anything below 500")
    parser.add_argument("seconds", type=int)
    parser.add_argument("release")
    parser.add_argument("--remedy", default="", help="what to do when it does not")
    parser.add_argument("--deployment", default="", help="what is asked for; another one is another question")
    parser.add_argument("--any-release", action="store_true", help="answers don't name their release")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--unit", default="", help="stop asking when this unit has ended")
    parser.add_argument("--patience", type=int, default=0, help="seconds for one try; 0: all that are left")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between tries")
    options = parser.parse_args()
    wrong = Question(options).wait()
    if wrong:
        print("\n  ".join([wrong, *([options.remedy] if options.remedy else [])]), flush=True)
        # Not sys.exit: a thread that is still in a TLS handshake would meet an interpreter that is half gone.
        os._exit(1)


if __name__ == "__main__":
    main()
