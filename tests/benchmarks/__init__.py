"""Benchmarks: times of this package and of comparable packages, where they are installed.

Run one with ``python -m tests.benchmarks NAME``. Nothing here is a test: no time is asserted.
"""
