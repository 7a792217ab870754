"""Arrays shared with forked processes."""

import os

import numpy as np
import pytest

from tinygrad_w2v.runtime.shared_memory import is_shared, shared_array


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3)])
def test_shared_array_is_zeros_and_writable(shape):
    array = shared_array(shape, np.float32)
    assert array.shape == shape
    assert array.dtype == np.float32
    assert not array.any()
    array[...] = 1
    assert array.all()


def test_is_shared_distinguishes_arrays_and_views(tmp_path):
    array = shared_array((4, 2), np.int64)
    assert is_shared(array)
    assert is_shared(array[1:].T)
    assert not is_shared(array.copy())
    (tmp_path / "numbers").write_bytes(bytes(80))
    assert not is_shared(np.memmap(tmp_path / "numbers", np.int64))
    assert not is_shared(np.frombuffer(bytes(8)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_writes_of_a_forked_process_are_visible():
    array = shared_array((3,), np.float64)
    child = os.fork()
    if not child:
        array[1] = 7
        os._exit(0)
    os.waitpid(child, 0)
    assert array.tolist() == [0, 7, 0]
