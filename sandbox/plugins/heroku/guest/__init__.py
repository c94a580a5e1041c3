"""What runs inside an app's machine: the build, the dynos, the router's look-up, the log.

Sent there as it is, and run by the machine's own Python: nothing but the standard library.
"""
