"""Tests of the emulated Alibaba Cloud."""
