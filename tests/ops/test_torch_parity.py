"""Values, gradients and dtypes are PyTorch's, op for op, where PyTorch is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.test_conformance import OPS

torch = pytest.importorskip("torch")

from tests.ops.torch_cases import (  # noqa: E402
    arrangement,
    decompositions,
    elementwise,
    networks,
    reductions,
    special,
)
from tests.ops.torch_cases.case import Case  # noqa: E402

CASES = [
    *elementwise.ELEMENTWISE,
    *reductions.REDUCTIONS,
    *reductions.LINEAR,
    *decompositions.DECOMPOSITIONS,
    *special.SPECIAL,
    *arrangement.SHAPES,
    *arrangement.INDEXING,
    *networks.NETWORKS,
]
IDS = [f"{i}-{case.ops.replace(' ', '+')}" for i, case in enumerate(CASES)]

# Functions of word2vec, recurrent layers (see tests/nn/test_recurrent.py), one that recomputes what
# others do, and one that only passes on.
NOT_IN_TORCH = {
    "checkpoint",
    "context_mean",
    "context_spread",
    "context_sum",
    "embedding_window",
    "gru",
    "lstm",
    "negative_sampling",
    "observed",
    "ragged_bag",
    "rnn",
    "skip_gram",
}


def test_every_op_is_compared() -> None:
    compared = {name for case in CASES for name in case.ops.split()}
    assert set(OPS) - compared - NOT_IN_TORCH == set()


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # PyTorch on kl_div
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_values_gradients_and_dtypes_are_the_same(case: Case, dtype: Any) -> None:
    arrays = [np.asarray(arg).astype(dtype) for arg in case.args]
    ours = [tg.tensor(array, requires_grad=True) for array in arrays]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    found, expected = case.ours(*ours), case.theirs(*theirs)
    tolerance = (
        {"rtol": 1e-9, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-5}
    )
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), **tolerance)
    assert found.shape == tuple(expected.shape)
    assert str(found.dtype) == str(expected.dtype).removeprefix("torch.")
    assert found.requires_grad == expected.requires_grad
    if not expected.requires_grad:
        return
    cotangent = np.random.default_rng(3).normal(size=found.shape).astype(found.dtype)
    found.backward(tg.tensor(cotangent))
    expected.backward(torch.tensor(cotangent))
    for a, b in zip(ours, theirs, strict=True):
        slope = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
        mine = np.zeros(a.shape) if a.grad is None else np.asarray(a.grad)
        np.testing.assert_allclose(mine, slope, **tolerance)
