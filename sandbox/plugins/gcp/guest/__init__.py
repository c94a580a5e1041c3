"""What runs in an app's machine: front end, instances, builds, metadata server, Secret Manager.

Only the standard library: Debian's Python runs it.
"""
