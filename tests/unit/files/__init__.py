"""Folders and links."""
