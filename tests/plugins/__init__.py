"""The plugin that stands in for `command`, held against recorded outcomes of the official one."""
