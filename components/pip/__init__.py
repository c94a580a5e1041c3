"""What pip installs: requirement files, their lines, the addresses in them, pyproject.toml."""
