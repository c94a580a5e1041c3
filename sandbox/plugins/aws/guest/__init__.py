"""What runs inside of an instance or a balancer: it is sent there, and needs PyYAML besides Python."""
