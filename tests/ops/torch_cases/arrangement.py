"""Shapes and indexing."""

from __future__ import annotations

import pytest

from tests.ops.torch_cases.case import BAG, CUBE, INDICES, INTEGERS, OFFSETS, TABLE, Case, X, normal
from tinygrad_w2v.nn import functional as F

torch = pytest.importorskip("torch")
TF = torch.nn.functional

SHAPES = [
    Case("reshape", lambda x: x.reshape(4, -1), lambda x: x.reshape(4, -1), (X,)),
    Case("reshape", lambda x: F.flatten(x, 1), lambda x: torch.flatten(x, 1), (CUBE,)),
    Case("transpose", lambda x: x.permute(2, 0, 1), lambda x: x.permute(2, 0, 1), (CUBE,)),
    Case("swapaxes", lambda x: x.mT, lambda x: x.mT, (CUBE,)),
    Case("moveaxis", lambda x: x.moveaxis(0, -1), lambda x: x.moveaxis(0, -1), (CUBE,)),
    Case("squeeze", lambda x: x.squeeze(), lambda x: x.squeeze(), (normal(1, 3, 1),)),
    Case("unsqueeze", lambda x: x.unsqueeze(1), lambda x: x.unsqueeze(1), (X,)),
    Case(
        "broadcast_to", lambda x: x.expand(2, -1, 4), lambda x: x.expand(2, -1, 4), (normal(3, 1),)
    ),
    Case("flip", lambda x: x.flip((0, 2)), lambda x: x.flip((0, 2)), (CUBE,)),
    Case("roll", lambda x: x.roll((1, -2), (0, 1)), lambda x: x.roll((1, -2), (0, 1)), (X,)),
    Case(
        "concatenate",
        lambda a, b: F.cat([a, b], 1),
        lambda a, b: torch.cat([a, b], 1),
        (X, normal(3, 2)),
    ),
    Case(
        "stack",
        lambda a, b: F.stack([a, b], 1),
        lambda a, b: torch.stack([a, b], 1),
        (X, normal(3, 4)),
    ),
    *[
        Case(
            "getitem",
            lambda x, n=n, i=i: getattr(x, n)(i, 1)[0],
            lambda x, n=n, i=i: getattr(x, n)(i, 1)[0],
            (X,),
        )
        for n, i in (("split", 3), ("split", [1, 3]), ("chunk", 3))
    ],
    Case("reshape", lambda x: x.tile((2, 3)), lambda x: x.tile((2, 3)), (normal(3),)),
    Case("reshape", lambda x: x.repeat(2, 1, 3), lambda x: x.repeat(2, 1, 3), (X,)),
    Case("getitem", lambda x: x.repeat_interleave(2, 1), lambda x: x.repeat_interleave(2, 1), (X,)),
    Case(
        "pad_constant",
        lambda x: F.pad(x, (1, 2, 0, 1), value=3.0),
        lambda x: TF.pad(x, (1, 2, 0, 1), value=3.0),
        (X,),
    ),
    *[
        Case(
            "getitem",
            lambda x, m=m: F.pad(x, (2, 1), m),
            lambda x, m=m: TF.pad(x, (2, 1), m),
            (CUBE,),
            saves_more="the index of an axis, where PyTorch has a kernel for each mode",
        )
        for m in ("reflect", "replicate", "circular")
    ],
    Case("tril", lambda x: x.tril(-1), lambda x: x.tril(-1), (CUBE,)),
    Case("triu", lambda x: x.triu(1), lambda x: x.triu(1), (X,)),
    Case("diagonal", lambda x: x.diagonal(1, -1, 0), lambda x: x.diagonal(1, -1, 0), (CUBE,)),
    Case("diagonal_scatter", lambda x: F.diag(x, 1), lambda x: torch.diag(x, 1), (normal(3),)),
    Case("sum", F.trace, torch.trace, (X,)),
]

INDEXING = [
    Case("getitem", lambda x: x[1:, ::2], lambda x: x[1:, ::2], (X,)),
    Case(
        "assign",
        lambda x, values: x.index_put(([2, 0],), values),
        lambda x, values: x.index_put((torch.tensor([2, 0]),), values),
        (X, normal(4)),
    ),
    Case("getitem", lambda x: x[[0, 0, 2]], lambda x: x[[0, 0, 2]], (X,)),
    Case("getitem", lambda x: x[x > 0], lambda x: x[x > 0], (X,)),
    Case(
        "gather",
        lambda x: F.gather(x, 1, INTEGERS),
        lambda x: torch.gather(x, 1, torch.as_tensor(INTEGERS)),
        (X,),
    ),
    Case(
        "getitem",
        lambda x: F.take_along_dim(x, INTEGERS[:1], 0),
        lambda x: torch.take_along_dim(x, torch.as_tensor(INTEGERS[:1]), 0),
        (X[:, :2],),
    ),
    Case(
        "getitem",
        lambda x: F.index_select(x, 1, [3, 0, 3]),
        lambda x: torch.index_select(x, 1, torch.tensor([3, 0, 3])),
        (X,),
    ),
    Case(
        "scatter_along",
        lambda x, s: F.scatter_add(x, 1, INTEGERS, s),
        lambda x, s: torch.scatter_add(x, 1, torch.as_tensor(INTEGERS), s),
        (X, normal(3, 2)),
    ),
    Case(
        "scatter",
        lambda x, s: F.index_add(x, 1, [3, 0, 3], s, alpha=2),
        lambda x, s: torch.index_add(x, 1, torch.tensor([3, 0, 3]), s, alpha=2),
        (X, normal(3, 3)),
    ),
    Case("where", lambda x: x.masked_fill(x > 0, -1.0), lambda x: x.masked_fill(x > 0, -1.0), (X,)),
    Case(
        "where",
        lambda x, v: x.masked_fill(x > 0, v),
        lambda x, v: x.masked_fill(x > 0, v),
        (X, normal()),
    ),
    Case(
        "getitem",
        lambda x: F.masked_select(x, x > 0),
        lambda x: torch.masked_select(x, x > 0),
        (X,),
    ),
    Case(
        "one_hot",
        lambda x: F.one_hot(x.argmax(1), num_classes=5),
        lambda x: TF.one_hot(x.argmax(1), 5),
        (X,),
    ),
    Case(
        "embedding",
        lambda w: F.embedding(INDICES, w),
        lambda w: TF.embedding(torch.as_tensor(INDICES), w),
        (TABLE,),
    ),
    Case(
        "embedding",
        lambda w: F.embedding(INDICES, w, padding_idx=1),
        lambda w: TF.embedding(torch.as_tensor(INDICES), w, padding_idx=1),
        (TABLE,),
    ),
    *[
        Case(
            "embedding_bag embedding_bag_max",
            lambda w, m=m: F.embedding_bag(INDICES, w, mode=m),
            lambda w, m=m: TF.embedding_bag(torch.as_tensor(INDICES), w, mode=m),
            (TABLE,),
        )
        for m in ("sum", "mean", "max")
    ],
    *[
        Case(
            "embedding_bag embedding_bag_max",
            lambda w, m=m: F.embedding_bag(BAG, w, OFFSETS, mode=m, padding_idx=1),
            lambda w, m=m: TF.embedding_bag(
                torch.as_tensor(BAG), w, torch.as_tensor(OFFSETS), mode=m, padding_idx=1
            ),
            (TABLE,),
        )
        for m in ("sum", "mean", "max")
    ],
    Case(
        "embedding_bag",
        lambda w, p: F.embedding_bag(INDICES, w, mode="sum", per_sample_weights=p),
        lambda w, p: TF.embedding_bag(
            torch.as_tensor(INDICES), w, mode="sum", per_sample_weights=p
        ),
        (TABLE, normal(2, 3)),
    ),
    Case(
        "embedding_bag",
        lambda w, p: F.embedding_bag(BAG, w, OFFSETS, mode="sum", per_sample_weights=p),
        lambda w, p: TF.embedding_bag(
            torch.as_tensor(BAG), w, torch.as_tensor(OFFSETS), mode="sum", per_sample_weights=p
        ),
        (TABLE, normal(5)),
        saves_more="the mask of the bags that were filled up",
    ),
]
