"""The `random` provider: what is drawn once and kept in the stack's state."""
