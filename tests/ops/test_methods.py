"""Tensor's methods and operators."""

from __future__ import annotations

import tinygrad_w2v as tg


def test_methods_take_attributes_by_position() -> None:
    x = tg.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert x.sum(1).tolist() == [-1.0, 7.0]
    assert x.clamp(0, 3).tolist() == [[1.0, 0.0], [3.0, 3.0]]
    assert x.round(0).tolist() == x.tolist()


def test_sizes_are_separate_arguments_or_a_tuple() -> None:
    x = tg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.reshape(3, 2).tolist() == x.reshape((3, 2)).tolist() == x.view(3, -1).tolist()
    assert x.permute(1, 0).tolist() == x.permute((1, 0)).tolist() == x.T.tolist()
    assert x.repeat(2, 1).shape == x.repeat((2, 1)).shape == (4, 3)
    assert x[:1].expand(4, -1).shape == x[:1].expand((4, -1)).shape == (4, 3)


def test_operators_combine_masks() -> None:
    x = tg.tensor([0.5, 1.5, 2.5], requires_grad=True)
    assert ((x > 1) & (x < 2)).tolist() == [False, True, False]
    assert (~(x > 1) | (x > 2)).tolist() == [True, False, True]
    assert ((x > 1) ^ (x > 2)).tolist() == [False, True, False]


def test_comparisons_require_no_gradient() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for result in (x > 1, x == 1, x.argmax(), x.isnan()):
        assert not result.requires_grad


def test_index_of_tensors_and_lists() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x[tg.tensor([1, 0])].tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert x[[0, 1], tg.tensor([1, 0])].tolist() == [2.0, 3.0]
    assert x[x > 2].tolist() == [3.0, 4.0]
    assert x[[]].shape == (0, 2)


def test_plus_returns_the_tensor_itself() -> None:
    x = tg.tensor([1.0])
    assert +x is x


def test_max_along_an_axis_returns_values_and_indices() -> None:
    largest = tg.tensor([[1.0, 3.0], [4.0, 2.0]]).max(1)
    assert (largest.values.tolist(), largest.indices.tolist()) == ([3.0, 4.0], [1, 0])
