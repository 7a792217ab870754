"""Compares a layer with PyTorch's: the same state, inputs and cotangent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import RowSparse, Tensor, manual_seed, nn, tensor

RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def values(x: Any) -> Any:
    """Return the values of a tensor of either library, or a dense gradient."""
    if isinstance(x, RowSparse):
        return x.to_dense()
    if isinstance(x, Tensor):
        return np.asarray(x.detach())
    # PyTorch's zeros that take no memory are materialized.
    return x.detach().numpy(force=True) if hasattr(x, "detach") else np.asarray(x)


def flattened(result: Any) -> list[Any]:
    """Return the tensors in nested tuples, without None."""
    if isinstance(result, tuple | list):
        return [tensor for part in result for tensor in flattened(part)]
    return [] if result is None else [result]


def as_torch(x: Any) -> Any:
    torch = pytest.importorskip("torch")
    if isinstance(x, tuple):
        return tuple(as_torch(part) for part in x)
    return torch.tensor(values(x)) if isinstance(x, np.ndarray | np.generic | Tensor) else x


def assert_close(found: Any, expected: Any, name: str = "") -> None:
    np.testing.assert_allclose(
        values(found), values(expected), rtol=1e-8, atol=1e-10, equal_nan=True, err_msg=name
    )


def leaves(inputs: tuple[Any, ...], library: Any) -> list[Any]:
    """Return the inputs as leaves: floating ones require a gradient."""
    made: list[Any] = []
    for x in inputs:
        if isinstance(x, tuple):
            made.append(tuple(leaves(x, library)))
        elif isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f":
            made.append(library(x, requires_grad=True))
        else:
            made.append(library(x) if isinstance(x, np.ndarray | np.generic) else x)
    return made


def assert_layers_agree(ours: nn.Module, theirs: Any, *inputs: Any, **options: Any) -> None:
    """Compare names of the state, outputs, and gradients of inputs and parameters."""
    torch = pytest.importorskip("torch")
    theirs.double()
    state = {name: as_torch(value) for name, value in ours.state_dict().items()}
    assert list(state) == list(theirs.state_dict())
    theirs.load_state_dict(state)
    mine, others = leaves(inputs, tensor), leaves(inputs, torch.tensor)
    torch_options = {name: as_torch(value) for name, value in options.items()}
    found = flattened(ours(*mine, **options))
    expected = flattened(theirs(*others, **torch_options))
    assert len(found) == len(expected)
    totals: list[Any] = []
    for a, b in zip(found, expected, strict=True):
        assert a.shape == tuple(b.shape)
        assert_close(a, b)
        cotangent = RNG.normal(size=a.shape)
        if b.requires_grad:
            totals.append(((a * cotangent).sum(), (b * torch.tensor(cotangent)).sum()))
    sum(a for a, _ in totals).backward()
    sum(b for _, b in totals).backward()
    for a, b in zip(flattened(mine), flattened(others), strict=True):
        if b.grad is not None:
            assert_close(a.grad, b.grad, "gradient of an input")
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        if gradients[name] is not None:
            assert_close(parameter.grad, gradients[name], f"gradient of {name}")


def assert_same_values_after_a_seed(kind: str, *args: Any, **settings: Any) -> None:
    """Compare the initial values of a layer after the same ``manual_seed``."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    expected = getattr(torch.nn, kind)(*args, **settings).state_dict()
    manual_seed(3)
    found = getattr(nn, kind)(*args, **settings).state_dict()
    assert list(found) == list(expected)
    for name, value in found.items():
        np.testing.assert_allclose(
            values(value), values(expected[name]), rtol=1e-5, atol=1e-7, err_msg=name
        )
