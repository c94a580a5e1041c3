"""`python -m sandbox.engine`: have an engine before something needs it, and say which."""

import sys

from sandbox import say
from sandbox.engine import ensure

try:
    engine = ensure()
except say.SandboxError as error:
    sys.exit(f"error: {error}")
say.step(f"Pulumi engine {engine.version} ({engine.origin})")
