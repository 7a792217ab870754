"""checkpoint gives the same derivatives and keeps nothing of the inside."""

import numpy as np
import pytest

import tinygrad_w2v as tg


def block(x):
    return np.tanh(np.exp(x) * x)


def leaf(*values):
    return tg.tensor(np.array(values), requires_grad=True)


def test_value_and_gradient_are_those_of_the_function():
    x, y = leaf(0.5, -0.5), leaf(0.5, -0.5)
    plain, kept = block(x), tg.checkpoint(block, y)
    assert kept.tolist() == plain.tolist()
    plain.sum().backward()
    kept.sum().backward()
    assert y.grad.tolist() == x.grad.tolist()


def test_nothing_of_the_inside_is_saved():
    tape = tg.graph(tg.checkpoint(block, leaf(*np.ones(1000))).sum())
    assert [entry.name for entry in tape.entries] == ["leaf", "checkpoint", "sum"]
    assert tape.saved_bytes == 8000  # the input, which the caller holds anyway


def test_the_function_runs_again_in_the_walk():
    calls = []

    def counting(x):
        calls.append(1)
        return x * x

    y = tg.checkpoint(counting, leaf(2.0))
    assert len(calls) == 1
    y.backward()
    assert len(calls) == 2


def test_parameters_used_inside_get_their_gradients():
    layer = tg.nn.Linear(3, 2, rng=0, dtype=np.float64)
    x = tg.tensor(np.ones((4, 3)))
    tg.checkpoint(layer, x).sum().backward()
    found = [np.asarray(parameter.grad) for parameter in layer.parameters()]
    layer.zero_grad()
    layer(x).sum().backward()
    for before, parameter in zip(found, layer.parameters(), strict=True):
        assert np.array_equal(before, np.asarray(parameter.grad))


def test_second_derivatives_go_through():
    x = leaf(0.3)
    (slope,) = tg.grad(tg.checkpoint(block, x), x, create_graph=True)
    (found,) = tg.grad(slope, x)
    (slope,) = tg.grad(block(x), x, create_graph=True)
    assert found.item() == pytest.approx(tg.grad(slope, x)[0].item())


def test_other_arguments_are_passed_through():
    y = tg.checkpoint(lambda x, n, y: x * n + y, leaf(2.0), 3, leaf(1.0))
    assert y.tolist() == [7.0]
    y.backward()


def test_without_gradients_it_just_calls():
    assert not tg.checkpoint(block, tg.tensor([1.0])).requires_grad
    with tg.no_grad():
        assert not tg.checkpoint(block, leaf(1.0)).requires_grad


def test_it_needs_one_tensor_back():
    with pytest.raises(TypeError, match="returned tuple: it must return one Tensor"):
        tg.checkpoint(lambda x: (x, x), leaf(1.0))
