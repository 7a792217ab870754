"""In-place methods, operators and assignments: values, gradients, views and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg

LEAF = "a leaf that requires a gradient cannot be changed in place while recording"


def leaf(*values: float) -> Any:
    return tg.tensor(list(values), requires_grad=True)


def test_in_place_methods_return_the_tensor_and_keep_its_memory() -> None:
    x = tg.tensor([4.0, 9.0])
    memory = x.numpy()
    assert x.sqrt_().add_(1, alpha=2).mul_(tg.tensor([1.0, 2.0])) is x
    assert memory.tolist() == [4.0, 10.0]
    assert x.clamp_(max=5).neg_().tolist() == [-4.0, -5.0]
    assert x.copy_(tg.tensor(3)).tolist() == [3.0, 3.0]
    assert x.fill_(2).zero_().tolist() == [0.0, 0.0]
    assert x.dtype == np.float32


def test_in_place_methods_count_a_change() -> None:
    x = tg.tensor([1.0])
    x.exp_()
    x[0] = 2.0
    x += 1
    assert x.version == 3


def test_shapes_change_in_place_as_views() -> None:
    x = tg.tensor([[1.0, 2.0]])
    memory = x.numpy()
    assert x.t_().unsqueeze_(0).shape == (1, 2, 1)
    assert x.squeeze_().transpose_(0, 0).shape == (2,)
    memory[0, 0] = 7
    assert x.tolist() == [7.0, 2.0]


def test_in_place_methods_of_a_result_are_recorded() -> None:
    x = leaf(1.0, 2.0)
    y = x * 2
    y.mul_(x).add_(x, alpha=3)  # 2x² + 3x
    assert not y.is_leaf
    assert tg.grad(y.sum(), x)[0].tolist() == [7.0, 11.0]


def test_a_constant_becomes_part_of_the_graph() -> None:
    x, total = leaf(3.0), tg.tensor([0.0])
    total.add_(x * x)
    assert tg.grad(total.sum(), x)[0].tolist() == [6.0]


def test_assignments_are_recorded() -> None:
    x, rows = leaf(1.0, 2.0), tg.tensor(np.zeros((3, 2)))
    rows[0] = x
    rows[1] += x * 2
    rows[tg.tensor([2]), 0] = 5.0
    assert rows.tolist() == [[1.0, 2.0], [2.0, 4.0], [5.0, 0.0]]
    assert tg.grad((rows * rows).sum(), x)[0].tolist() == [10.0, 20.0]


def test_overwritten_values_have_no_gradient() -> None:
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    y[1:] = 0
    assert tg.grad(y.sum(), x)[0].tolist() == [2.0, 0.0, 0.0]
    y = x * 2
    y.zero_()
    assert tg.grad(y.sum(), x)[0].tolist() == [0.0, 0.0, 0.0]


def test_a_change_through_a_view_changes_the_base_and_other_views() -> None:
    x = leaf(1.0, 2.0, 3.0)
    base = x * 1
    head, tail = base[:2], base[1:]
    head.mul_(x[1:])  # base is (x0·x1, x1·x2, x2)
    assert base.tolist() == [2.0, 6.0, 3.0]
    assert tg.grad(base.sum(), x, retain_graph=True)[0].tolist() == [2.0, 4.0, 3.0]
    assert tg.grad(tail.sum(), x)[0].tolist() == [0.0, 3.0, 3.0]


def test_a_change_of_the_base_changes_its_views() -> None:
    x = leaf(1.0, 2.0)
    base = x * 1
    column = base.view(2, 1)
    base.mul_(x)
    assert tg.grad(column.sum(), x)[0].tolist() == [2.0, 4.0]
    buffer = tg.tensor([0.0, 0.0])
    first = buffer[:1]
    buffer[:] = x
    assert tg.grad((first * first).sum(), x)[0].tolist() == [2.0, 0.0]


def test_a_detached_tensor_shares_values_but_no_history() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    apart = y.detach()
    y.mul_(x)
    assert apart.tolist() == [1.0, 4.0]
    assert not apart.requires_grad


def test_second_derivatives_pass_through_changes() -> None:
    x = leaf(2.0)
    y = x * 1
    y.mul_(x).mul_(x)
    (slope,) = tg.grad(y.sum(), x, create_graph=True)
    assert tg.grad(slope.sum(), x)[0].tolist() == [12.0]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.add_(1),
        lambda p: p.zero_(),
        lambda p: p.unsqueeze_(0),
        lambda p: p.__iadd__(1),
        lambda p: p.__setitem__(0, 1.0),
    ],
)
def test_a_leaf_is_refused_while_recording_and_changed_under_no_grad(change: Any) -> None:
    p = leaf(4.0)
    with pytest.raises(RuntimeError, match=f"{LEAF}: do it under no_grad"):
        change(p)
    with tg.no_grad():
        change(p)
    assert p.is_leaf
    assert p.requires_grad


def test_a_view_of_a_leaf_is_refused_while_recording() -> None:
    p = leaf(4.0, 5.0)
    with pytest.raises(RuntimeError, match=r"mul_: a view of a leaf that requires a gradient"):
        p[:1].mul_(2)


def test_a_saved_result_that_is_changed_is_detected() -> None:
    y = leaf(1.0).exp()
    y += 1
    with pytest.raises(RuntimeError, match="'exp' saved its result, and it was changed in place"):
        y.sum().backward()


def test_a_row_sparse_gradient_is_subtracted_from_its_rows() -> None:
    table = tg.tensor(np.ones((4, 2)), requires_grad=True)
    tg.nn.functional.embedding([1, 3, 1], table).sum().backward()
    with tg.no_grad():
        table -= 0.5 * table.grad
    assert table.tolist() == [[1, 1], [0, 0], [1, 1], [0.5, 0.5]]


def test_methods_that_compute_values_have_in_place_versions() -> None:
    names = "add sub mul div pow clamp exp sqrt neg sin relu sigmoid tanh masked_fill index_fill"
    names += " index_add index_copy scatter scatter_add squeeze unsqueeze t transpose addcmul tril"
    for name in names.split():
        assert hasattr(tg.Tensor, f"{name}_"), name
