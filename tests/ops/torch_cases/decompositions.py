"""Decompositions of matrices and gamma functions.

Singular vectors and eigenvectors are compared in products that their signs do not change.
"""

from __future__ import annotations

from typing import Any

import pytest

import tinygrad_w2v as tg
from tests.ops.torch_cases.case import SPD, Case, inside, normal, positive, unary

torch = pytest.importorskip("torch")


def of_eigenvectors(module: Any, x: Any) -> Any:
    values, vectors = module.linalg.eigh((x + x.mT) / 2)
    return (vectors * values.sin()[None]) @ vectors.mT


def of_singular_vectors(module: Any, x: Any) -> Any:
    left, _, right = module.linalg.svd(x, full_matrices=False)
    return left @ right


def both(ops: str, function: Any, *args: Any) -> Case:
    """Compare a function of the module."""
    return Case(ops, lambda *a: function(tg, *a), lambda *a: function(torch, *a), args)


DECOMPOSITIONS = [
    unary("lgamma", make=positive),
    unary("digamma", make=positive),
    unary("erfinv", make=inside),
    *[
        both("polygamma", lambda module, x, n=n: module.polygamma(n, x), positive(3, 4))
        for n in (0, 1, 2)
    ],
    both("eigenvalues", lambda module, x: module.linalg.eigvalsh((x + x.mT) / 2), SPD),
    both("eigenvalues eigenvectors", of_eigenvectors, SPD),
    both("singular_values", lambda module, x: module.linalg.svdvals(x), normal(4, 3)),
    both("singular_vectors", of_singular_vectors, normal(3, 3)),
    both("eliminate", lambda module, x: module.linalg.lu(x)[1] @ x.T, normal(4, 4)),
    both("eliminate", lambda module, x: module.linalg.lu_factor(x)[0], normal(2, 4, 3)),
    both("eliminate", lambda module, x: module.linalg.lu(x).U, normal(3, 5)),
    both("pinv", lambda module, x: module.linalg.pinv(x), normal(4, 3)),
    *[
        both(
            "orthogonal_and_triangular",
            lambda module, x, part=part: module.linalg.qr(x)[part],
            normal(*shape),
        )
        for shape in ((4, 3), (3, 3))
        for part in (0, 1)
    ],
    both("orthogonal_and_triangular", lambda module, x: module.linalg.qr(x).R, normal(2, 4)),
]
