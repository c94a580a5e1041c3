"""The emulated Google Cloud: what App Engine standard and its neighbours do, on a machine for each app."""
