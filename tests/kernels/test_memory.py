"""The allocator is asked to keep memory only where it can be."""

import subprocess
import sys

import pytest

from tinygrad_w2v.kernels.memory import keep_freed_memory

FAULTS = """
import resource
import numpy as np
from tinygrad_w2v.kernels.memory import keep_freed_memory
heard = keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(1 << 18)  # 2 MB, in 512 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(heard, faults())
"""


def test_arrays_are_made_of_memory_that_was_freed() -> None:
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    heard, faults = run.stdout.split()
    if heard == "False":
        pytest.skip("the C library is not glibc")
    assert int(faults) < 1000  # of 51,200 pages


def test_elsewhere_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not keep_freed_memory()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert not keep_freed_memory()
