"""The WSGI entry, found in the source without running it."""
