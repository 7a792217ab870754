"""Benchmarks: what takes how long, beside other packages where they are installed.

Run one with ``python -m tests.benchmarks NAME``. Nothing here is a test: no time is asserted.
"""
