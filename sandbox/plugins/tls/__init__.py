"""The `tls` provider, as far as keys go: made on this computer, kept in the stack's state alone."""
