"""Einstein summation: NumPy's values, and gradients, for any subscripts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.ops.einsum import labels_of
from tinygrad_w2v.testing import gradcheck

SIZES = {"i": 2, "j": 3, "k": 1, "l": 2}
labels = st.text("ijkl", max_size=3)


@st.composite
def calls(draw: Any) -> tuple[str, list[Any]]:
    operands = draw(st.lists(labels, min_size=1, max_size=3))
    present = sorted(set("".join(operands)))
    out = "".join(draw(st.permutations(present))[: draw(st.integers(0, len(present)))])
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    arrays = [rng.normal(size=[SIZES[letter] for letter in operand]) for operand in operands]
    return f"{','.join(operands)}->{out}", arrays


@given(calls())
def test_values_match_numpy_and_gradients_pass_gradcheck(call: Any) -> None:
    subscripts, arrays = call
    found = F.einsum(subscripts, *map(tg.Tensor, arrays))
    np.testing.assert_allclose(found.numpy(), np.einsum(subscripts, *arrays), atol=1e-12)
    gradcheck(lambda *operands: F.einsum(subscripts, *operands), tuple(arrays))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("...ij,...jk", [(2, 1, 2, 3), (4, 3, 2)]),
        ("...,...", [(2, 3), (3,)]),
        ("i...->...", [(2, 3)]),
        ("...ii->...i", [(2, 3, 3)]),
        ("i...j,j->...", [(2, 4, 3), (3,)]),
        ("ij,kj", [(2, 3), (4, 3)]),
        ("ij , jk -> ik", [(2, 1), (3, 4)]),
    ],
)
def test_ellipses_and_axes_of_size_1_broadcast(subscripts: str, shapes: Any) -> None:
    rng = np.random.default_rng(0)
    arrays = tuple(rng.normal(size=shape) for shape in shapes)
    found = F.einsum(subscripts, *map(tg.Tensor, arrays))
    np.testing.assert_allclose(found.numpy(), np.einsum(subscripts, *arrays), atol=1e-12)
    gradcheck(lambda *operands: F.einsum(subscripts, *operands), arrays)


def test_implicit_result_has_the_letters_that_occur_once() -> None:
    assert labels_of("jk,ij", ((3, 4), (2, 3))).out == "ik"


def test_large_products_match_matmul() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(80, 60)), rng.normal(size=(60, 70))
    np.testing.assert_allclose(F.einsum("ij,jk->ik", a, b), a @ b, rtol=1e-10)
