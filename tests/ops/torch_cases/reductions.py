"""Reductions and linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.torch_cases.case import CUBE, SPD, TIES, ZEROS, Case, X, normal
from tinygrad_w2v.nn import functional as F

torch = pytest.importorskip("torch")

REDUCTIONS = [
    *[
        Case(
            name,
            lambda x, n=name: getattr(F, n)(x, axis=(0, -1), keepdims=True),
            lambda x, n=name: getattr(torch, n)(x, dim=(0, -1), keepdim=True),
            (CUBE,),
        )
        for name in ("sum", "mean", "var", "std", "logsumexp", "amax", "amin")
    ],
    *[
        Case(name, getattr(F, name), getattr(torch, name), (X,))
        for name in ("sum", "mean", "prod", "var", "std")
    ],
    Case(
        "var",
        lambda x: F.var(x, axis=1, correction=0),
        lambda x: torch.var(x, dim=1, correction=0),
        (X,),
    ),
    Case("std", lambda x: x.std(axis=1), lambda x: x.std(dim=1), (TIES,)),
    Case("prod", lambda x: x.prod(axis=1), lambda x: x.prod(dim=1), (ZEROS,)),
    Case("prod", lambda x: x.prod(), lambda x: x.prod(), (ZEROS,)),
    Case("cumprod", lambda x: x.cumprod(1), lambda x: x.cumprod(1), (ZEROS,)),
    Case("cumprod", lambda x: x.cumprod(0), lambda x: x.cumprod(0), (X,)),
    Case("cumsum", lambda x: x.cumsum(1), lambda x: x.cumsum(1), (X,)),
    Case("amax", lambda x: x.amax(1), lambda x: x.amax(1), (TIES,)),
    Case("amin", lambda x: x.amin(0), lambda x: x.amin(0), (TIES,)),
    Case("amax", lambda x: x.max(), lambda x: x.max(), (TIES,)),
    Case("amin", lambda x: x.min(), lambda x: x.min(), (TIES,)),
    Case("getitem", lambda x: x.max(axis=1)[0], lambda x: x.max(dim=1)[0], (TIES,)),
    Case(
        "getitem",
        lambda x: x.min(axis=0, keepdims=True)[0],
        lambda x: x.min(dim=0, keepdim=True)[0],
        (X,),
    ),
    Case("argmax", lambda x: x.max(axis=1)[1], lambda x: x.max(dim=1)[1], (X,)),
    Case("argmax", lambda x: x.argmax(), lambda x: x.argmax(), (X,)),
    Case("argmin", lambda x: x.argmin(axis=1), lambda x: x.argmin(dim=1), (X,)),
    *[
        Case(
            "norm",
            lambda x, p=p: F.norm(x, p=p, axis=1),
            lambda x, p=p: torch.linalg.vector_norm(x, ord=p, dim=1),
            (values,),
        )
        for p in (0, 1, 2, 3, 0.5, float("inf"), -float("inf"))
        for values in (X, TIES[:2])
    ],
    *[
        Case(
            "norm",
            lambda x, p=p: F.norm(x, p=p, axis=1),
            lambda x, p=p: torch.linalg.vector_norm(x, ord=p, dim=1),
            (TIES,),
        )
        for p in (0, 1, 2, 3, float("inf"))
    ],
    Case("norm", lambda x: x.norm(axis=(0, 2)), lambda x: x.norm(dim=(0, 2)), (CUBE,)),
    Case("softmax", lambda x: x.softmax(0), lambda x: x.softmax(0), (X,)),
    Case("log_softmax", lambda x: x.log_softmax(1), lambda x: x.log_softmax(1), (X,)),
    Case("softmax", tg.softmax, lambda x: x.softmax(-1), (1e4 * X,)),
    Case(
        "logsumexp",
        lambda x: x.logsumexp(1),
        lambda x: x.logsumexp(1),
        (np.array([[-np.inf, 1.0], [2.0, -np.inf]]),),
    ),
]

LINEAR = [
    *[
        Case("matmul", F.matmul, torch.matmul, (normal(*a), normal(*b)))
        for a, b in (
            ((3, 4), (4, 2)),
            ((4,), (4,)),
            ((5, 1, 3, 4), (2, 4, 2)),
            ((4,), (5, 4, 2)),
            ((5, 3, 4), (4,)),
        )
    ],
    Case("vecdot", F.dot, torch.dot, (normal(3), normal(3))),
    Case("vecdot", tg.get_op("vecdot"), torch.linalg.vecdot, (CUBE, normal(3, 4))),
    Case("outer", F.outer, torch.outer, (normal(3), normal(2))),
    Case("solve", F.solve, torch.linalg.solve, (SPD, normal(3, 2))),
    Case("solve", F.solve, torch.linalg.solve, (SPD, normal(3))),
    Case("inv", F.inv, torch.linalg.inv, (SPD,)),
    Case("det", F.det, torch.linalg.det, (SPD,)),
    Case("logabsdet", F.logabsdet, lambda x: torch.linalg.slogdet(x).logabsdet, (SPD - 2,)),
    Case("cholesky", F.cholesky, torch.linalg.cholesky, (SPD,)),
    Case(
        "matmul",
        lambda a, b: F.tensordot(a, b, 2),
        lambda a, b: torch.tensordot(a, b, 2),
        (CUBE, normal(3, 4, 2)),
    ),
    *[
        Case(
            "einsum",
            lambda *a, s=s: F.einsum(s, *a),
            lambda *a, s=s: torch.einsum(s, *a),
            tuple(normal(*shape) for shape in shapes),
            saves_more="" if len(shapes) > 1 else "the operand, which its rule does not look at",
        )
        for s, shapes in (
            ("ij,jk->ik", [(2, 3), (3, 4)]),
            ("ii->i", [(3, 3)]),
            ("ii", [(3, 3)]),
            ("ij->j", [(2, 3)]),
            ("...ij,...kj->...ik", [(2, 3, 4), (1, 5, 4)]),
            ("iij,j->i", [(2, 2, 3), (3,)]),
            ("bi,bj,ij->b", [(2, 3), (2, 4), (3, 4)]),
        )
    ],
]
