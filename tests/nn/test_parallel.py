"""DataParallel: without GPUs, the module itself."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import nn


def test_data_parallel_calls_its_module() -> None:
    inner = nn.Linear(3, 2)
    model = nn.DataParallel(inner, device_ids=[0, 1], output_device=0)
    x = tg.randn(4, 3)
    np.testing.assert_array_equal(model(x).detach(), inner(x).detach())
    np.testing.assert_array_equal(nn.parallel.data_parallel(inner, x).detach(), inner(x).detach())
    assert model.module is inner


def test_names_of_the_state_begin_with_module() -> None:
    model = nn.DataParallel(nn.Linear(3, 2))
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    assert [name for name, _ in model.named_parameters()] == ["module.weight", "module.bias"]


def test_subclass_reads_attributes_of_the_module() -> None:
    class Wrapped(nn.DataParallel):
        def __getattr__(self, name: str) -> object:
            return getattr(self.module, name)

    assert Wrapped(nn.Linear(3, 2)).in_features == 3


def test_spec_rebuilds_the_wrapper() -> None:
    model = nn.build(nn.DataParallel(nn.Linear(3, 2)).spec())
    assert isinstance(model, nn.DataParallel)
    assert model.module.out_features == 2


def test_training_on_several_machines_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match=r"nn.parallel.DistributedDataParallel is not in"):
        nn.parallel.DistributedDataParallel  # noqa: B018
