"""The allocator keeps memory, and code is given back, only where that can be."""

import subprocess
import sys

import pytest

from tinygrad_w2v.runtime.allocator import (
    release_freed_memory,
    release_library_code,
    retain_freed_memory,
)

FAULTS = """
import resource
import numpy as np
from tinygrad_w2v.runtime.allocator import retain_freed_memory
heard = retain_freed_memory()
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
    assert not retain_freed_memory()
    assert release_library_code("libllvmlite") == 0
    assert not release_freed_memory()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert not retain_freed_memory()
    assert not release_freed_memory()


def test_freed_memory_between_other_memory_is_given_back() -> None:
    run = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    heard, before, after = run.stdout.split()
    if heard == "False":
        pytest.skip("the C library is not glibc")
    assert int(before) - int(after) > 40e6


HOLES = """
import numpy as np
from tinygrad_w2v.runtime.allocator import release_freed_memory
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
arrays = [np.ones(1 << 13) for _ in range(1000)]  # of 64 KB
del arrays[:-1]
before = resident()
print(release_freed_memory(), before, resident())
"""


def test_code_that_is_given_back_still_runs() -> None:
    pytest.importorskip("llvmlite")
    run = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.split()
    before, after, given = map(int, run)
    if not given:
        pytest.skip("this system does not tell where a library's code is")
    assert given > 1e6
    assert before - after > 0.9 * given


CODE = """
import llvmlite.binding as llvm
from tinygrad_w2v.runtime.allocator import release_library_code
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
def use():
    llvm.parse_assembly("define i32 @f() { ret i32 1 }").verify()
use()
before = resident()
given = release_library_code("libllvmlite")
after = resident()
use()
print(before, after, given)
"""


def test_no_code_is_given_back_of_a_library_that_is_not_there() -> None:
    assert release_library_code("no library of this name") == 0
