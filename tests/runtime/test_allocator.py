"""Freed memory is retained or released, and code is released, where the platform allows it."""

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
supported = retain_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(1 << 18)  # 2 MB, in 512 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(supported, faults())
"""


def test_freed_memory_is_reused() -> None:
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    supported, faults = run.stdout.split()
    if supported == "False":
        pytest.skip("the C library is not glibc")
    assert int(faults) < 1000  # of 51,200 pages


def test_other_platforms_are_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not retain_freed_memory()
    assert release_library_code("libllvmlite") == 0
    assert not release_freed_memory()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert not retain_freed_memory()
    assert not release_freed_memory()


def test_freed_memory_between_used_memory_is_released() -> None:
    run = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    supported, before, after = run.stdout.split()
    if supported == "False":
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


def test_released_code_still_runs() -> None:
    pytest.importorskip("llvmlite")
    run = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.split()
    before, after, released = map(int, run)
    if not released:
        pytest.skip("this system does not show the memory of libraries")
    assert released > 1e6
    assert before - after > 0.9 * released


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
released = release_library_code("libllvmlite")
after = resident()
use()
print(before, after, released)
"""


def test_unknown_library_releases_nothing() -> None:
    assert release_library_code("no library of this name") == 0
