"""components/targets, without their providers."""
