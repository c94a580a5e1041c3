"""A gate on a machine: what runs there stops at a chosen program, until the test lets it go on.

So a fault comes at an exact point, not after a guessed time. The gate stands in /usr/local/bin, which
comes first on an ordinary PATH, or takes the place of a program that is called by its path.
Its files are below /var/tmp, where the test sees them from outside.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from waiting import until

from sandbox.machines import Machine

PLACE: Final = "/var/tmp/gate"
SFTP: Final = "/usr/lib/openssh/sftp-server"
PROGRAM: Final = """\
#!/bin/bash
here={place}
if [[ " $* " == *{words}* ]] && mkdir $here/reached 2>/dev/null; then
  until [[ -e $here/open ]]; do sleep 0.05; done
fi
exec {real} "$@"
"""
UPLOAD: Final = """\
#!/bin/bash
here={place}
wait_here() {{ mkdir $here/reached && until [[ -e $here/open ]]; do sleep 0.05; done; }}
exec < <(dd bs=1 count={count} status=none; [[ -e $here/reached ]] || wait_here; cat)
exec {real} "$@"
"""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Where a run stops: at a program that is called with some words, or after so many bytes of an upload.

    A program that is given as a path is moved aside for as long as the gate is there.
    """

    program: str
    words: str = ""
    count: int = 0

    def put(self, machine: Machine) -> None:
        """Set it up, closed."""
        self.folder(machine).mkdir(mode=0o777)
        self.folder(machine).chmod(0o777)
        if self._aside:
            real = f"{self.program}.real"
            machine.ssh(f"mv {self.program} {real}")
        else:
            real = machine.ssh(f"command -v {self.program}").stdout.strip()
        form = UPLOAD if self.count else PROGRAM
        text = form.format(place=PLACE, words=f"'{self.words}'", count=self.count, real=real)
        self._file(machine).write_text(text)
        self._file(machine).chmod(0o755)

    def wait(self, machine: Machine) -> None:
        """Wait until something stands before it."""
        until((self.folder(machine) / "reached").is_dir, f"something at the gate {self}", 90)

    def open(self, machine: Machine) -> None:
        """Let go on what waits, and whatever comes."""
        (self.folder(machine) / "open").touch()

    def take_away(self, machine: Machine) -> None:
        """Leave nothing of it."""
        self.open(machine)
        if self._aside:
            machine.ssh(f"mv {self.program}.real {self.program}")
        else:
            self._file(machine).unlink()
        machine.ssh(f"rm -r {PLACE}")

    @staticmethod
    def folder(machine: Machine) -> Path:
        """Its folder, seen from this computer."""
        return machine.root / PLACE.lstrip("/")

    @property
    def _aside(self) -> bool:
        return self.program.startswith("/")

    def _file(self, machine: Machine) -> Path:
        place = self.program if self._aside else f"/usr/local/bin/{self.program}"
        return machine.root / place.lstrip("/")
