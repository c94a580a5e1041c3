"""Tests of the engine's own commands."""
