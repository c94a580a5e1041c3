"""components/machine, without a machine."""
