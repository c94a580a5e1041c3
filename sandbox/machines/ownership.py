"""Whose machines and networks these are: one checkout's, while it exists and uses them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.machines import firewall, host, locks, network, paths, power, registry, trees
from sandbox.machines.processes import Supervisor


@contextmanager
def using(name: str) -> Iterator[None]:
    """This machine for us alone; nobody takes the checkout's network for abandoned meanwhile."""
    with (
        locks.shared(lease(paths.THIS)),
        locks.exclusive(paths.RUN / paths.THIS / f"{name}.lock"),
    ):
        yield


def clean() -> None:
    """Remove this checkout's machines and whatever was set up on this computer for them.

    The trees in the user's cache stay: other checkouts copy from them too.
    """
    host.require()
    with locks.exclusive(lease(paths.THIS)), registry.opened() as entries:
        forget_others(entries)
        _forget(entries, paths.THIS)
        for folder in (paths.MACHINES, *paths.MACHINES.parent.glob(".machines.*")):
            trees.remove(folder)
        lease(paths.THIS).unlink(missing_ok=True)
        entries.remove_if_empty()
    for folder in (paths.RUN, paths.MACHINES.parent):
        with suppress(OSError):  # another checkout's, or the engine's, are in it
            folder.rmdir()


def lease(owner: str) -> Path:
    """The lock that is shared by whoever uses a checkout's network, and taken alone to remove it."""
    return paths.RUN / f"{owner}.lease"


def forget_others(entries: registry.Registry) -> None:
    """Remove networks of checkouts that were deleted, or in which nothing runs any more."""
    for owner, checkout in entries.checkouts().items():
        if owner == paths.THIS:
            continue
        with locks.attempt(lease(owner)) as free:
            if free and not (checkout.is_dir() and _runs(owner)):
                _forget(entries, owner)
                lease(owner).unlink(missing_ok=True)


def _runs(owner: str) -> bool:
    records = (paths.RUN / owner).glob("*.json")
    return any((found := Supervisor.read(record)) and found.alive for record in records)


def _forget(entries: registry.Registry, owner: str) -> None:
    for record in (paths.RUN / owner).glob("*.json"):
        power.cut(record.stem, owner)
    firewall.remove_all(owner)
    network.remove(entries, owner)
    shutil.rmtree(paths.RUN / owner, ignore_errors=True)
