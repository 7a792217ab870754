"""A graph keeps no more bytes alive than PyTorch's graph of the same calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine import Node

torch = pytest.importorskip("torch")

from tests.ops.test_torch_parity import CASES, IDS  # noqa: E402
from tests.ops.torch_cases.case import Case  # noqa: E402


def arrays_in(value: Any) -> list[Any]:
    if isinstance(value, tg.Tensor):
        return [value.detach().numpy()]
    if isinstance(value, np.ndarray):
        return [value]
    return [a for item in value for a in arrays_in(item)] if isinstance(value, list | tuple) else []


def saved_by_us(out: tg.Tensor) -> int:
    found: dict[int, int] = {}
    stack, seen = [out.node], set()
    while stack:
        node = stack.pop()
        if not isinstance(node, Node) or node in seen:
            continue
        seen.add(node)
        stack += node.next_functions
        for array in arrays_in(node.saved):
            owner = array if array.base is None else array.base
            found[id(owner)] = array.nbytes
    return sum(found.values())


def saved_by_torch(case: Case, arrays: list[Any]) -> int:
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    return saved_by(lambda: case.theirs(*tensors))


def saved_by(forward: Any) -> int:
    """Return the bytes of the distinct storages that PyTorch saves in a forward pass."""
    found: dict[int, int] = {}
    alive = []

    def pack(tensor: Any) -> Any:
        found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        alive.append(tensor)  # or its address could be used again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        keep = forward()
    return sum(found.values()) if keep.requires_grad else 0


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # PyTorch on kl_div
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_no_more_is_saved_than_by_pytorch(case: Case) -> None:
    if case.saves_more:
        pytest.skip(case.saves_more)
    arrays = [np.array(arg, dtype=np.float64, order="C") for arg in case.args]
    out = case.ours(*[tg.tensor(array, requires_grad=True) for array in arrays])
    assert saved_by_us(out) <= saved_by_torch(case, arrays)


@pytest.mark.parametrize("kind", ["LSTM", "RNN"])
def test_recurrent_networks_save_no_more_than_pytorchs_cells_in_a_loop(kind: str) -> None:
    sequence = np.random.default_rng(0).normal(size=(5, 3, 4)).astype(np.float32)
    cell, given = getattr(torch.nn, f"{kind}Cell")(4, 6), torch.from_numpy(sequence)

    def unrolled() -> Any:
        state, outputs = None, []
        for now in given:
            state = cell(now, state)
            outputs.append(state[0] if kind == "LSTM" else state)
        return torch.stack(outputs).sum()

    output, _ = getattr(tg.nn, kind)(4, 6)(sequence)
    assert tg.graph(output.sum()).saved_bytes <= saved_by(unrolled)
