"""The one error of this package."""

from sandbox.say import SandboxError


class MachineError(SandboxError):
    """A sandbox machine can't do what was asked; the text says why and what to do."""
