"""The stand-in for the official `command` plugin 1.2.1: what it does, its traps among it."""
