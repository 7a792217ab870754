"""Arguments spelled as in NumPy and as in PyTorch; mypy checks this file with the package."""

from __future__ import annotations

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F


def test_reductions_take_both_spellings_of_an_axis() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.sum(dim=1, keepdim=True).tolist() == x.sum(axis=1, keepdims=True).tolist()
    assert x.sum(1, keepdim=True).tolist() == x.sum(1, True).tolist() == [[3.0], [7.0]]
    assert tg.sum(x, dim=1, keepdim=True).shape == tg.sum(x, axis=1, keepdims=True).shape
    assert x.mean(dim=(0, 1)).tolist() == x.mean(axis=(0, 1)).tolist() == 2.5
    assert x.argmax(dim=-1).tolist() == tg.argmax(x, dim=1).tolist() == [1, 1]
    assert x.max(dim=1)[0].tolist() == x.max(axis=1)[0].tolist() == [2.0, 4.0]
    assert x.topk(1, dim=0)[1].tolist() == x.topk(1, axis=0)[1].tolist() == [[1, 1]]
    assert x.logsumexp(dim=1).shape == x.norm(p=2, dim=1).shape == x.cumsum(dim=1)[0].shape


def test_spread_takes_a_correction_or_a_boolean() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.std(dim=0, unbiased=False).tolist() == x.std(axis=0, correction=0).tolist() == [1, 1]
    assert x.var(0, unbiased=True).tolist() == x.var(dim=0, correction=1).tolist() == [2, 2]


def test_rearranging_takes_both_spellings_of_an_axis() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert tg.cat([x, x], dim=1).shape == tg.cat([x, x], axis=1).shape == (2, 4)
    assert tg.stack([x, x], dim=2).shape == tg.stack([x, x], axis=2).shape == (2, 2, 2)
    assert x.permute(dims=(1, 0)).tolist() == x.permute(1, 0).tolist() == [[1, 3], [2, 4]]
    assert x.flip(dims=(0,)).tolist() == x.flip(0).tolist() == [[3, 4], [1, 2]]
    assert x.roll(1, dims=0).tolist() == x.roll(1, axis=0).tolist() == [[3, 4], [1, 2]]
    assert x.flatten(start_dim=0).unsqueeze(dim=0).shape == x.flatten(0).unsqueeze(0).shape
    assert x.transpose(dim0=0, dim1=1).tolist() == x.transpose(0, 1).tolist()
    assert x.gather(dim=1, index=tg.tensor([[1], [0]])).tolist() == [[2], [3]]
    assert x.index_select(dim=0, index=tg.tensor([1])).tolist() == [[3, 4]]
    assert [len(part) for part in x.chunk(2, dim=0)] == [len(part) for part in x.split(1, dim=0)]


def test_activations_take_both_spellings_of_an_axis() -> None:
    x = tg.tensor([[1.0, 2.0]])
    assert (
        F.softmax(x, dim=1).tolist() == x.softmax(dim=1).tolist() == F.softmax(x, axis=1).tolist()
    )
    assert F.log_softmax(x, dim=-1).shape == F.normalize(x, dim=0).shape


def test_the_first_array_is_named_as_in_pytorch() -> None:
    x = tg.tensor([[1.0, 2.0]])
    assert tg.sum(input=x, dim=1).tolist() == [3.0]
    assert F.softmax(input=x, dim=1).shape == (1, 2)
