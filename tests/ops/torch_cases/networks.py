"""Losses, normalisation, convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.ops.torch_cases.case import (
    CLASS_WEIGHT,
    CUBE,
    IGNORING,
    IMAGE,
    INTEGERS,
    PROBS,
    SEQUENCE,
    SOFT,
    TARGETS,
    TIES,
    Case,
    X,
    as_torch,
    normal,
)
from tinygrad_w2v.nn import functional as F

torch = pytest.importorskip("torch")
TF = torch.nn.functional


def losses() -> list[Case]:
    cases = []
    for reduction in ("mean", "sum", "none"):
        for options in (
            {},
            {"weight": CLASS_WEIGHT},
            {"label_smoothing": 0.2},
            {"weight": CLASS_WEIGHT, "label_smoothing": 0.2},
        ):

            def theirs(
                x: Any,
                target: Any,
                reduction: Any = reduction,
                options: Any = options,
            ) -> Any:
                chosen = dict(options)
                if "weight" in chosen:
                    chosen["weight"] = as_torch(CLASS_WEIGHT, x)
                return TF.cross_entropy(x, target, reduction=reduction, **chosen)

            def ours(
                x: Any,
                target: Any,
                reduction: Any = reduction,
                options: Any = options,
            ) -> Any:
                return F.cross_entropy(x, target, reduction=reduction, **options)

            plain = not options.keys() - {"ignore_index"}
            cases += [
                Case(
                    "cross_entropy" if plain else "nll_loss log_softmax",
                    lambda x, t=target, f=ours: f(x, t),
                    lambda x, t=target, f=theirs: f(x, torch.as_tensor(t)),
                    (X,),
                )
                for target in (TARGETS, IGNORING)
            ]
            cases.append(Case("log_softmax", ours, theirs, (X, SOFT)))
        r = {"reduction": reduction}
        cases += [
            Case(
                "nll_loss",
                lambda x, r=r: F.nll_loss(x, IGNORING, **r),
                lambda x, r=r: TF.nll_loss(x, torch.as_tensor(IGNORING), **r),
                (X,),
            ),
            Case(
                "cross_entropy",
                lambda x, r=r: F.cross_entropy(x, INTEGERS[:2] % 3, **r),
                lambda x, r=r: TF.cross_entropy(x, torch.as_tensor(INTEGERS[:2] % 3), **r),
                (normal(2, 3, 2),),
            ),
            Case(
                "subtract square",
                lambda a, b, r=r: F.mse_loss(a, b, **r),
                lambda a, b, r=r: TF.mse_loss(a, b, **r),
                (X, normal(3, 4)),
            ),
            Case(
                "absolute",
                lambda a, b, r=r: F.l1_loss(a, b, **r),
                lambda a, b, r=r: TF.l1_loss(a, b, **r),
                (X, normal(3, 4)),
            ),
            Case(
                "huber",
                lambda a, b, r=r: F.huber_loss(a, b, delta=0.7, **r),
                lambda a, b, r=r: TF.huber_loss(a, b, delta=0.7, **r),
                (X, normal(3, 4)),
            ),
            Case(
                "huber",
                lambda a, b, r=r: F.smooth_l1_loss(a, b, beta=0.7, **r),
                lambda a, b, r=r: TF.smooth_l1_loss(a, b, beta=0.7, **r),
                (X, normal(3, 4)),
            ),
            Case(
                "divergence",
                lambda a, b, r=r: F.kl_div(a, b, **r),
                lambda a, b, r=r: TF.kl_div(a, b, **r),
                (np.log(SOFT[::-1]), SOFT),
            ),
            Case(
                "exp",
                lambda a, b, r=r: F.kl_div(a, b, log_target=True, **r),
                lambda a, b, r=r: TF.kl_div(a, b, log_target=True, **r),
                (np.log(SOFT[::-1]), np.log(SOFT)),
            ),
            Case(
                "bernoulli_cross_entropy",
                lambda a, b, r=r: F.binary_cross_entropy(a, b, **r),
                lambda a, b, r=r: TF.binary_cross_entropy(a, b, **r),
                (PROBS, PROBS[::-1]),
            ),
            Case(
                "sigmoid_cross_entropy",
                lambda a, b, r=r: F.binary_cross_entropy_with_logits(a, b, **r),
                lambda a, b, r=r: TF.binary_cross_entropy_with_logits(a, b, **r),
                (X, PROBS),
            ),
            Case(
                "sigmoid_cross_entropy",
                lambda a, b, r=r: F.binary_cross_entropy_with_logits(
                    a, b, weight=CLASS_WEIGHT, pos_weight=CLASS_WEIGHT[::-1].copy(), **r
                ),
                lambda a, b, r=r: TF.binary_cross_entropy_with_logits(
                    a,
                    b,
                    weight=as_torch(CLASS_WEIGHT, a),
                    pos_weight=as_torch(CLASS_WEIGHT[::-1].copy(), a),
                    **r,
                ),
                (X, PROBS),
            ),
        ]
    cases.append(
        Case(
            "exp",
            lambda a, b: F.kl_div(a, b, reduction="batchmean"),
            lambda a, b: TF.kl_div(a, b, reduction="batchmean"),
            (np.log(SOFT[::-1]), SOFT),
        )
    )
    return cases


def ctc(F: Any, x: Any, *, unit: Any) -> Any:
    log_probs = F.log_softmax(x, -1)
    lengths = unit(np.array([7, 5])), unit(np.array([3, 2]))
    return F.ctc_loss(log_probs, unit(np.array([[1, 2, 2], [3, 1, 0]])), *lengths)


NETWORKS = [
    *losses(),
    Case(
        "ctc_loss",
        lambda x: ctc(F, x, unit=np.asarray),
        lambda x: ctc(TF, x, unit=torch.as_tensor),
        (normal(7, 2, 4),),
        saves_more="the gradient, computed in the forward pass",
    ),
    Case("norm clamp", F.normalize, TF.normalize, (X,)),
    Case("norm clamp", F.normalize, TF.normalize, (TIES,)),
    Case("norm clamp", F.cosine_similarity, TF.cosine_similarity, (X, normal(3, 4))),
    Case(
        "standardize",
        lambda x, w, b: F.layer_norm(x, 4, w, b),
        lambda x, w, b: TF.layer_norm(x, (4,), w, b),
        (CUBE, normal(4), normal(4)),
    ),
    Case(
        "standardize",
        lambda x: F.layer_norm(x, (3, 4)),
        lambda x: TF.layer_norm(x, (3, 4)),
        (CUBE,),
    ),
    Case(
        "masked_scale",
        lambda x: F.dropout(x, training=False),
        lambda x: TF.dropout(x, training=False),
        (X,),
    ),
    *[
        Case(
            "convolution sliding_windows add_windows",
            lambda x, w, b, o=o: F.conv2d(x, w, b, **o),
            lambda x, w, b, o=o: TF.conv2d(x, w, b, **o),
            (IMAGE, normal(6, 4 // o.get("groups", 1), 3, 2), normal(6)),
        )
        for o in ({}, {"stride": (2, 1), "padding": (1, 2)}, {"dilation": 2}, {"groups": 2})
    ],
    *[
        Case(
            "convolution",
            lambda x, w, b, o=o: F.conv1d(x, w, b, **o),
            lambda x, w, b, o=o: TF.conv1d(x, w, b, **o),
            (SEQUENCE, normal(2, 4, 3), normal(2)),
        )
        for o in ({}, {"stride": 2, "padding": 1}, {"dilation": 2})
    ],
    *[
        Case(
            "gather",
            lambda x, o=o: F.max_pool2d(x, (3, 2), **o),
            lambda x, o=o: TF.max_pool2d(x, (3, 2), **o),
            (IMAGE,),
        )
        for o in ({}, {"stride": 1, "padding": 1}, {"dilation": 2})
    ],
    Case(
        "gather",
        lambda x: F.max_pool1d(x, 3, 2),
        lambda x: TF.max_pool1d(x, 3, 2),
        (np.round(SEQUENCE),),
    ),
    Case(
        "gather",
        lambda x: F.avg_pool1d(x, 3, 2, 1),
        lambda x: TF.avg_pool1d(x, 3, 2, 1),
        (SEQUENCE,),
    ),
    Case(
        "gather",
        lambda x: F.avg_pool2d(x, 2, padding=1),
        lambda x: TF.avg_pool2d(x, 2, padding=1),
        (IMAGE,),
    ),
]
