"""The emulated Alibaba Cloud: networks, security groups, keys, addresses, and instances that are machines."""
