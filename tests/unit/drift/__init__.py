"""Drift: mirrors components/drift."""
