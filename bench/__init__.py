"""Benchmarks: ratios, measured side by side in one run, on machines of the sandbox."""
