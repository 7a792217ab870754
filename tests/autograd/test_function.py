"""Functions with a backward of their own: gradients, contexts, several outputs, refusals."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.autograd import Function, is_grad_enabled
from tinygrad_w2v.autograd.function import once_differentiable


class Exp(Function):
    """exp(k·x), which saves its result."""

    @staticmethod
    def forward(ctx: Any, x: Any, k: float) -> Any:
        result = (x * k).exp()
        ctx.save_for_backward(result)
        ctx.k = k
        return result

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (result,) = ctx.saved_tensors
        return grad * result * ctx.k, None


class ProductAndSum(Function):
    """a·b, a + b, and the position of the largest a, which has no gradient."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a, b)
        place = a.argmax()
        ctx.mark_non_differentiable(place)
        return a * b, a + b, place

    @staticmethod
    def backward(ctx: Any, of_product: Any, of_sum: Any, of_place: Any) -> Any:
        a, b = ctx.saved_tensors
        return of_product * b + of_sum, of_product * a + of_sum


def leaf(*values: float) -> Any:
    return tg.tensor(list(values), dtype=tg.float64, requires_grad=True)


def test_backward_gives_the_gradient_and_its_derivative() -> None:
    x = leaf(0.0, 1.0)
    y = Exp.apply(x, 2.0)
    (slope,) = tg.grad(y.sum(), x, create_graph=True)
    assert slope.tolist() == pytest.approx([2.0, 2 * 7.38905609893065])
    assert tg.grad(slope.sum(), x)[0].tolist() == pytest.approx([4.0, 4 * 7.38905609893065])
    assert y.grad_fn.name() == "ExpBackward"


def test_several_outputs_share_one_backward() -> None:
    a, b = leaf(0.5, 1.0), leaf(3.0, 4.0)
    product, total, place = ProductAndSum.apply(a, b)
    assert place.item() == 1
    assert not place.requires_grad
    (product.sum() * 2 + (total * total).sum()).backward()
    assert a.grad.tolist() == [13.0, 18.0]
    assert b.grad.tolist() == [8.0, 12.0]


def test_an_unused_output_has_a_gradient_of_zeros() -> None:
    a, b = leaf(0.5, 1.0), leaf(3.0, 4.0)
    ProductAndSum.apply(a, b.detach())[0].sum().backward()
    assert a.grad.tolist() == [3.0, 4.0]


def test_gradients_pass_gradcheck() -> None:
    assert tg.autograd.gradcheck(lambda x: Exp.apply(x, 0.5), (leaf(0.3, -1.0),))
    assert tg.autograd.gradgradcheck(lambda x: Exp.apply(x, 0.5), (leaf(0.3, -1.0),))


def test_nothing_is_recorded_without_a_gradient() -> None:
    with tg.no_grad():
        assert not Exp.apply(leaf(1.0), 1.0).requires_grad
    assert not Exp.apply(leaf(1.0).detach(), 1.0).requires_grad


def test_forward_and_setup_context_can_be_separate() -> None:
    class Double(Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x * 2

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.needs = ctx.needs_input_grad

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            assert ctx.needs == (True,)
            return grad * 2

    x = leaf(1.0)
    Double.apply(x).sum().backward()
    assert x.grad.tolist() == [2.0]


def test_a_saved_output_makes_no_reference_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        y = Exp.apply(leaf(1.0), 1.0)
        gone = weakref.ref(y)
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_a_saved_input_that_changed_in_place_is_detected() -> None:
    a, b = leaf(1.0), leaf(2.0).detach()
    product, _, _ = ProductAndSum.apply(a, b)
    b += 1
    with pytest.raises(RuntimeError, match="saved for backward has been changed in place"):
        product.sum().backward()


def wrong_function(returned: Any) -> Any:
    class Wrong(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, k: float) -> Any:
            return x * k

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return returned(ctx, grad)

    return Wrong.apply(leaf(1.0), 2.0).sum()


def test_a_wrong_number_of_gradients_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"Wrong.backward returned 1 gradients.* 2 arguments"):
        wrong_function(lambda ctx, grad: grad).backward()


def test_none_is_a_gradient_of_zeros() -> None:
    wrong_function(lambda ctx, grad: (None, None)).backward()


def test_mark_dirty_is_refused_by_name() -> None:
    with pytest.raises(RuntimeError, match="mark_dirty is not available"):
        wrong_function(lambda ctx, grad: ctx.mark_dirty(grad)).backward()


def test_once_differentiable_refuses_a_second_time() -> None:
    loss = wrong_function(once_differentiable(lambda ctx, grad: (grad, None)))
    with pytest.raises(RuntimeError, match="is marked once_differentiable"):
        loss.backward(create_graph=True)
    wrong_function(once_differentiable(lambda ctx, grad: (grad, None))).backward()


@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_is_recorded_only_for_derivatives_of_higher_order(create_graph: bool) -> None:
    modes = []

    def returned(ctx: Any, grad: Any) -> Any:
        modes.append(is_grad_enabled())
        return grad, None

    wrong_function(returned).backward(create_graph=create_graph)
    assert modes == [create_graph]
