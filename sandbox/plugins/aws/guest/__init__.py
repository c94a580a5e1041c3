"""What runs inside of an instance. It is sent there as one file, and knows the standard library only."""
