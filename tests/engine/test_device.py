"""There is one device."""

from __future__ import annotations

import pytest

import tinygrad_w2v as tg


def test_the_cpu_is_a_device() -> None:
    assert str(tg.device("cpu")) == "cpu"
    assert tg.device("cpu", 0) == tg.device("cpu:0") != tg.device("cpu")
    assert repr(tg.device("cpu:0")) == "device(type='cpu', index=0)"
    assert tg.device(tg.device("cpu")).type == "cpu"
    with tg.device("cpu"):
        assert tg.zeros(1).tolist() == [0.0]


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "cpu:1", "meta"])
def test_other_devices_are_refused(name: str) -> None:
    with pytest.raises(RuntimeError, match=f"device '{name}' is not available: .*use device 'cpu'"):
        tg.device(name)
