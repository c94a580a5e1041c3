"""An emulated account: what a cloud remembers between two runs of the engine, as JSON in one folder.

`account.json` may be read and edited by hand or by a test: that is how something is changed behind the
engine's back.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.plugins.variables import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = dict[str, Any]  # id to what is known of it


@dataclass(frozen=True)
class Account:
    """The account in a folder. Tables are named by the cloud's own nouns, such as `instances`."""

    folder: Path

    @classmethod
    def here(cls) -> Account:
        """The account that this process was started for."""
        return cls(Path(os.environ[ACCOUNT]))

    @contextmanager
    def opened(self) -> Iterator[dict[str, Table]]:
        """All tables, for this thread of this process alone; what was changed is written at the end.

        Hold it for the moment of a look or a change only, never while something boots or builds.
        Nothing is written when the block ends with an error.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "account.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            tables = _Tables(self._read("account.json"))
            before = json.dumps(tables, sort_keys=True)
            yield tables
            kept = {name: table for name, table in tables.items() if table}
            if json.dumps(kept, sort_keys=True) != before:
                self._write("account.json", kept)

    def tables(self) -> dict[str, Table]:
        """A copy of all tables."""
        with self.opened() as tables:
            return dict(tables)

    def table(self, name: str) -> Table:
        """A copy of one table."""
        with self.opened() as tables:
            return dict(tables[name])

    def row(self, name: str, key: str) -> Table | None:
        """A copy of one row, None when there is none."""
        found: Table | None = self.table(name).get(key)
        return found

    def put(self, name: str, key: str, row: Table) -> None:
        """Write one row."""
        with self.opened() as tables:
            tables[name][key] = row

    def change(self, name: str, key: str, /, **values: Any) -> None:
        """Change some values of a row. KeyError when it is gone."""
        with self.opened() as tables:
            tables[name][key].update(values)

    def drop(self, name: str, key: str) -> None:
        """Forget one row; nothing to do when there is none."""
        with self.opened() as tables:
            tables[name].pop(key, None)

    def is_empty(self) -> bool:
        """Whether nothing is left in it."""
        with self.opened() as tables:
            return not any(tables.values())

    def take_fault(self, token: str, operation: str) -> str:
        """The kind of the fault that was planted for this operation, used up by one; '' without."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "faults.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            planted: list[dict[str, Any]] = self._read("faults.json").get("faults", [])
            for fault in planted:
                if fault["token"] in (token, "*") and fault["operation"] in (operation, "*"):
                    fault["times"] -= 1
                    left = [one for one in planted if one["times"] > 0]
                    self._write("faults.json", {"faults": left})
                    return str(fault["kind"])
        return ""

    def plant_fault(self, token: str, operation: str, kind: str, times: int = 1) -> None:
        """Let the next `times` operations (create, read, update, delete, invoke, configure) meet a fault.

        Args:
            token: the resource type or function; `*` for any.
            operation: its name, or `*`.
            kind: refused, throttled, failed or landed (see faults.py).
            times: how often.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "faults.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            planted = self._read("faults.json").get("faults", [])
            planted.append({"token": token, "operation": operation, "kind": kind, "times": times})
            self._write("faults.json", {"faults": planted})

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _write(self, name: str, content: dict[str, Any]) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.touch(mode=0o600)  # a cloud knows secrets in plain
        fresh.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(self.folder / name)


class _Tables(dict[str, Table]):
    """A table that nothing was put into yet is empty."""

    def __missing__(self, name: str) -> Table:
        return self.setdefault(name, {})
