"""This computer as its machines see it."""

from sandbox.machines import host, locks, network, ownership, paths, registry


def gateway() -> str:
    """The address from which this computer reaches its machines; their network is made if need be."""
    host.require()
    with locks.shared(ownership.lease(paths.THIS)), registry.opened() as entries:
        ownership.forget_others(entries)
        return network.ensure(entries, None).gateway
