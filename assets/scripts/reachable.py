"""Does an SSH server answer there? Asked before a machine is cleared, by the computer that clears it.

Exit code 0: yes. Otherwise 1, and standard output says what is wrong and what to do.
"""

# ruff: noqa: INP001, T201  sent alone, as a program of its own, whose output is what it has to say

import socket
import sys
import time

PAUSE_SECONDS = 1


def greeting(host: str, port: int, seconds: float) -> str:
    """Return the first bytes that the server says. Raises OSError."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        return connection.recv(4).decode("latin-1")


def wrong(host: str, port: int, seconds: float) -> str:
    """Ask for so many seconds; return what is wrong in the end, nothing when SSH answers."""
    deadline = time.monotonic() + seconds
    problem = ""
    while (left := deadline - time.monotonic()) > 0:
        try:
            if greeting(host, port, left) == "SSH-":
                return ""
            problem = "what answers there is not SSH"
        except TimeoutError:  # the end of the last try says less than what came before
            problem = problem or "it does not answer"
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
        time.sleep(min(PAUSE_SECONDS, max(0, deadline - time.monotonic())))
    return f"{problem} (after {seconds:g} seconds)"


def main() -> int:
    """Ask, and say what to do when there is no answer."""
    host, port, seconds, described = sys.argv[1:]
    problem = wrong(host, int(port), float(seconds))
    if problem:
        print(f"{described}: {problem}, so the app can't be taken off it")
        print("  is it only switched off, or elsewhere? start it, or correct the address with 'pulumi up'")
        print("  is it gone for good? then there is nothing left to remove but the stack's memory of it:")
        print("  pulumi state delete --all")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
