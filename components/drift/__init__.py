"""Drift: what was deployed, by the stack's state, against what is there now."""
