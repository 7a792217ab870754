"""Other checkers on the same ops: PyTorch's, HIPS autograd's, and central differences.

Each receives the op's own samples through an adapter in which the engine computes values and
gradients, so only the checker differs. A checker catches an op if it fails or
raises on one of the samples. Second derivatives are checked unless the op states an order.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.testing.op_case import differentiable


def passes(check: Callable[[Op, Sample], bool], op: Op, seed: int) -> bool:
    """Whether a checker finds nothing wrong with an op on its own samples."""
    assert op.samples is not None
    samples = list(op.samples(np.random.default_rng(seed)))
    np.random.seed(seed)  # noqa: NPY002  (HIPS autograd draws from the global generator)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return all(check(op, sample) for sample in samples if is_fair(op, sample))
        except Exception:
            return False


def is_fair(op: Op, sample: Sample) -> bool:
    """Whether there is something to check; PyTorch's checker refuses NumPy's empty arrays."""
    return bool(differentiable(op, sample)) and all(arg.size for arg in sample.args)


def gradients(op: Op, sample: Sample, arrays: list[Any], g: Any) -> list[Any]:
    """Return the engine's gradients at these values of the differentiable inputs."""
    tensors = [tg.Tensor(array, requires_grad=True) for array in arrays]
    out = call(op, sample, tensors)
    return [np.array(found) for found in tg.grad(out, tensors, np.asarray(g), allow_unused=False)]


def call(op: Op, sample: Sample, values: list[Any]) -> Any:
    args: list[Any] = list(sample.args)
    for position, value in zip(differentiable(op, sample), values, strict=True):
        args[position] = value
    return op(*args, **sample.attributes)


def second(op: Op, sample: Sample, g: Any, arrays: list[Any], given: list[Any]) -> list[Any]:
    """Return the gradients of the gradients, by g and by the inputs."""
    tensors = [tg.Tensor(array, requires_grad=True) for array in (g, *arrays)]
    out = call(op, sample, tensors[1:])
    firsts = tg.grad(out, tensors[1:], tensors[0], create_graph=True)
    dense = [f.to_dense() if isinstance(f, tg.RowSparse) else f for f in firsts]
    pairs = [
        (f, v) for f, v in zip(dense, given, strict=True) if getattr(f, "requires_grad", False)
    ]
    found: Any = [None] * len(tensors)
    if pairs:
        found = tg.grad(
            [f for f, _ in pairs], tensors, [np.asarray(v) for _, v in pairs], allow_unused=True
        )
    return [
        np.zeros(tensor.shape) if gradient is None else np.array(gradient)
        for tensor, gradient in zip(tensors, found, strict=True)
    ]


def floats(op: Op, sample: Sample) -> list[Any]:
    return [np.array(sample.args[position]) for position in differentiable(op, sample)]


def allclose(op: Op, sample: Sample) -> bool:
    """Central differences with h = 1e-6, a random g, numpy.allclose: what most projects do."""
    arrays = floats(op, sample)
    out = np.asarray(call(op, sample, arrays))
    g = np.random.default_rng(0).normal(size=out.shape)
    for place, analytic in enumerate(gradients(op, sample, arrays, g)):
        numeric = np.zeros(arrays[place].shape)
        for index in np.ndindex(numeric.shape):
            moved = [[a.copy() for a in arrays] for _ in range(2)]
            moved[0][place][index] += 1e-6
            moved[1][place][index] -= 1e-6
            ahead, behind = (np.asarray(call(op, sample, side)) for side in moved)
            numeric[index] = np.sum(g * (ahead - behind)) / 2e-6
        if not np.allclose(analytic, numeric):
            return False
    return True


def pytorch(op: Op, sample: Sample) -> bool:
    """Run torch.autograd.gradcheck, and gradgradcheck where the op states no order."""
    import torch

    class Backward(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, g: Any, *inputs: Any) -> Any:
            ctx.save_for_backward(g, *inputs)
            found = gradients(op, sample, [t.detach().numpy() for t in inputs], g.detach().numpy())
            return tuple(torch.from_numpy(np.array(gradient)) for gradient in found)

        @staticmethod
        def backward(ctx: Any, *given: Any) -> Any:
            g, *inputs = (t.detach().numpy() for t in ctx.saved_tensors)
            found = second(op, sample, g, inputs, [v.detach().numpy() for v in given])
            return tuple(torch.from_numpy(gradient) for gradient in found)

    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> Any:
            ctx.save_for_backward(*inputs)
            out = call(op, sample, [tg.Tensor(t.detach().numpy()) for t in inputs])
            return torch.from_numpy(np.array(out.numpy()))

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return Backward.apply(g, *ctx.saved_tensors)

    inputs = [torch.tensor(array, requires_grad=True) for array in floats(op, sample)]
    right: bool = torch.autograd.gradcheck(Forward.apply, inputs)
    if op.order is None:
        right = right and torch.autograd.gradgradcheck(Forward.apply, inputs)
    return right


def hips_autograd(op: Op, sample: Sample) -> bool:
    """Run autograd.test_util.check_grads in reverse mode, to order 2 where the op states none."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    count = len(differentiable(op, sample))

    @primitive
    def forward(*arrays: Any) -> Any:
        return np.array(call(op, sample, [tg.Tensor(array) for array in arrays]).numpy())

    def backward(place: int) -> Any:
        @primitive
        def rule(g: Any, *arrays: Any) -> Any:
            return gradients(op, sample, list(arrays), g)[place]

        def again(by: int) -> Any:
            def make(ans: Any, g: Any, *arrays: Any) -> Any:
                def vjp(v: Any) -> Any:
                    given = [np.zeros(a.shape) for a in arrays]
                    given[place] = np.asarray(v)
                    return second(op, sample, g, list(arrays), given)[by]

                return vjp

            return make

        defvjp(rule, *[again(by) for by in range(count + 1)])
        return rule

    rules = [backward(place) for place in range(count)]

    def vjp_of(place: int) -> Any:
        return lambda ans, *arrays: lambda g: rules[place](g, *arrays)

    defvjp(forward, *[vjp_of(place) for place in range(count)])
    everything = tuple(range(count))
    order = 2 if op.order is None else 1
    check_grads(forward, everything, modes=["rev"], order=order)(*floats(op, sample))
    return True


def installed() -> dict[str, Callable[[Op, Sample], bool]]:
    """Return the checkers that can be run here, by name."""
    found: dict[str, Callable[[Op, Sample], bool]] = {"allclose": allclose}
    if importlib.util.find_spec("torch"):
        found = {"PyTorch": pytorch, **found}
    if importlib.util.find_spec("autograd"):
        found = {"autograd": hips_autograd, **found}
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower(), reverse=True))
