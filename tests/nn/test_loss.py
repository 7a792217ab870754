"""Losses: values, gradients and second derivatives as PyTorch's, for every option."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.nn.torch_parity import RNG, as_torch, assert_close, leaves, normal, values
from tinygrad_w2v import nn, tensor
from tinygrad_w2v.nn import functional as F

X, Y, Z = normal(4, 3), normal(4, 3), normal(4, 3)
PROBS, TARGETS = RNG.uniform(0.1, 0.9, (4, 3)), RNG.uniform(0.1, 0.9, (4, 3))
CLASSES, IGNORING = np.array([0, 2, 1, 1]), np.array([0, -100, 1, 2])
SOFT = RNG.dirichlet(np.ones(3), 4)
SIGNS, PAIRS = np.where(normal(4, 3) > 0, 1.0, -1.0), np.array([1, -1, 1, -1])
LABELS = np.array([[1, 0, -1], [2, -1, 0], [-1, 0, 0], [0, 1, 2]])
IMAGE, PIXELS = normal(2, 3, 2, 2), RNG.integers(0, 3, (2, 2, 2))
WEIGHT = np.array([0.5, 1.0, 2.0])
POSITIVE = np.abs(normal(4, 3)) + 0.1

# The name of the module, its settings, and the inputs.
CASES: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    *[
        ("CrossEntropyLoss", settings, (X, classes))
        for settings in (
            {},
            {"weight": WEIGHT},
            {"ignore_index": 1},
            {"label_smoothing": 0.2},
            {"weight": WEIGHT, "label_smoothing": 0.2, "ignore_index": 1},
        )
        for classes in (CLASSES, SOFT)
        if classes is CLASSES or "ignore_index" not in settings
    ],
    ("CrossEntropyLoss", {}, (X, IGNORING)),
    ("CrossEntropyLoss", {"weight": WEIGHT}, (IMAGE, PIXELS)),
    ("CrossEntropyLoss", {"label_smoothing": 0.3}, (IMAGE, PIXELS)),
    ("CrossEntropyLoss", {"weight": WEIGHT}, (X[0], CLASSES[0])),
    ("NLLLoss", {}, (X, IGNORING)),
    ("NLLLoss", {"weight": WEIGHT, "ignore_index": 2}, (X, CLASSES)),
    ("NLLLoss2d", {"weight": WEIGHT}, (IMAGE, PIXELS)),
    ("BCELoss", {}, (PROBS, TARGETS)),
    ("BCELoss", {"weight": WEIGHT}, (PROBS, TARGETS)),
    ("BCEWithLogitsLoss", {}, (X, TARGETS)),
    ("BCEWithLogitsLoss", {"weight": WEIGHT, "pos_weight": WEIGHT + 1}, (X, TARGETS)),
    ("MSELoss", {}, (X, Y)),
    ("L1Loss", {}, (X, Y)),
    ("SmoothL1Loss", {"beta": 0.5}, (X, Y)),
    ("SmoothL1Loss", {"beta": 0.0}, (X, Y)),
    ("HuberLoss", {"delta": 0.5}, (X, Y)),
    ("KLDivLoss", {}, (np.log(PROBS), SOFT)),
    ("KLDivLoss", {"log_target": True}, (np.log(PROBS), np.log(TARGETS))),
    ("PoissonNLLLoss", {}, (X, POSITIVE)),
    ("PoissonNLLLoss", {"log_input": False, "full": True, "eps": 0.1}, (PROBS, 4 * POSITIVE)),
    ("GaussianNLLLoss", {}, (X, Y, POSITIVE)),
    ("GaussianNLLLoss", {"full": True, "eps": 0.5}, (X, Y, POSITIVE[:, :1].copy())),
    ("GaussianNLLLoss", {}, (X, Y, POSITIVE[:, 0].copy())),
    ("HingeEmbeddingLoss", {"margin": 0.8}, (X, SIGNS)),
    ("SoftMarginLoss", {}, (X, SIGNS)),
    ("MultiLabelSoftMarginLoss", {}, (X, TARGETS)),
    ("MultiLabelSoftMarginLoss", {"weight": WEIGHT}, (X, TARGETS)),
    ("MultiLabelMarginLoss", {}, (X, LABELS)),
    ("MultiLabelMarginLoss", {}, (X[0], LABELS[0])),
    ("MultiMarginLoss", {}, (X, CLASSES)),
    ("MultiMarginLoss", {"p": 2, "margin": 0.7, "weight": WEIGHT}, (X, CLASSES)),
    ("MultiMarginLoss", {}, (X[0], CLASSES[0])),
    ("MarginRankingLoss", {"margin": 0.3}, (X[0], Y[0], SIGNS[0])),
    ("CosineEmbeddingLoss", {"margin": -0.5}, (X, Y, PAIRS)),
    ("CosineEmbeddingLoss", {}, (X[0], Y[0], PAIRS[0])),
    ("TripletMarginLoss", {"margin": 2.0}, (X, Y, Z)),
    ("TripletMarginLoss", {"margin": 0.5, "p": 1.0, "swap": True}, (X, Y, Z)),
    ("TripletMarginWithDistanceLoss", {"margin": 2.0, "swap": True}, (X, Y, Z)),
    ("PairwiseDistance", {"p": 3.0, "keepdim": True}, (X, Y)),
]
# PyTorch has no second derivative of these.
FIRST_ORDER_ONLY = ("MultiMarginLoss", "MultiLabelMarginLoss")
CONSTANT_TARGETS = ("HingeEmbeddingLoss", "MarginRankingLoss", "SoftMarginLoss", "PoissonNLLLoss")


def reductions(name: str) -> list[str]:
    if name == "PairwiseDistance":
        return [""]
    return ["mean", "sum", "none"] + ["batchmean"] * (name == "KLDivLoss")


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # PyTorch on kl_div
@pytest.mark.filterwarnings("ignore:.NLLLoss2d. has been deprecated")
@pytest.mark.parametrize(
    ("name", "settings", "inputs", "reduction"),
    [(*case, reduction) for case in CASES for reduction in reductions(case[0])],
    ids=[f"{i}-{c[0]}-{r}" for i, c in enumerate(CASES) for r in reductions(c[0])],
)
def test_loss_agrees_with_pytorch(
    name: str, settings: dict[str, Any], inputs: tuple[Any, ...], reduction: str
) -> None:
    torch = pytest.importorskip("torch")
    settings = settings | ({"reduction": reduction} if reduction else {})
    ours = getattr(nn, name)(**settings)
    theirs = getattr(torch.nn, name)(**{k: as_torch(v) for k, v in settings.items()})
    mine, others = leaves(inputs, tensor), leaves(inputs, torch.tensor)
    if name in CONSTANT_TARGETS:
        mine[-1], others[-1] = inputs[-1], torch.tensor(inputs[-1])
    found, expected = ours(*mine), theirs(*others)
    assert found.shape == tuple(expected.shape)
    assert_close(found, expected)
    cotangent = RNG.normal(size=found.shape)
    mine = [x for x in mine if getattr(x, "requires_grad", False)]
    others = [x for x in others if x.requires_grad]
    is_first_order = name in FIRST_ORDER_ONLY
    slopes = tg.grad((found * cotangent).sum(), mine, create_graph=not is_first_order)
    expected_slopes = torch.autograd.grad(
        (expected * torch.tensor(cotangent)).sum(), others, create_graph=not is_first_order
    )
    for a, b in zip(slopes, expected_slopes, strict=True):
        assert_close(a, b, "gradient")
    if is_first_order or not any(b.requires_grad for b in expected_slopes):
        return
    factors = [RNG.normal(size=x.shape) for x in mine]
    total = sum((a * f).sum() for a, f in zip(slopes, factors, strict=True))
    expected_total = sum(
        (b * torch.tensor(f)).sum() for b, f in zip(expected_slopes, factors, strict=True)
    )
    is_constant = not isinstance(total, tg.Tensor) or not total.requires_grad
    second = [None] * len(mine) if is_constant else tg.grad(total, mine, allow_unused=True)
    expected_second = torch.autograd.grad(expected_total, others, allow_unused=True)
    for x, a, b in zip(mine, second, expected_second, strict=True):
        zeros = np.zeros(x.shape)
        assert_close(zeros if a is None else a, zeros if b is None else b, "second derivative")


def parameters(called: Any) -> list[tuple[str, Any]]:
    return [
        (name, parameter.default)
        for name, parameter in inspect.signature(called).parameters.items()
        if name not in ("self", "device", "dtype", "rng")
    ]


LOSSES = sorted({case[0] for case in CASES} - {"NLLLoss2d"} | {"CTCLoss"})


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_of_modules_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert parameters(getattr(nn, name)) == parameters(getattr(torch.nn, name))


@pytest.mark.parametrize("name", [n for n in dir(F) if n.endswith("_loss")] + ["cross_entropy"])
def test_arguments_of_functions_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn.functional, name, None)
    if theirs is not None:
        assert parameters(getattr(F, name)) == parameters(theirs)


# --- without PyTorch ----------------------------------------------------------------------------


def test_former_keywords_state_the_reduction() -> None:
    for old, reduction in (
        ({"size_average": False}, "sum"),
        ({"size_average": True}, "mean"),
        ({"reduce": False}, "none"),
        ({"size_average": True, "reduce": False}, "none"),
    ):
        with pytest.warns(UserWarning, match=f"deprecated: use reduction='{reduction}'"):
            assert nn.MSELoss(**old).reduction == reduction
        with pytest.warns(UserWarning, match="deprecated"):
            found = F.cross_entropy(X, CLASSES, **old)
        np.testing.assert_array_equal(found, F.cross_entropy(X, CLASSES, reduction=reduction))


def test_weighted_squared_error_is_a_weighted_mean() -> None:
    weight = np.array([1.0, 3.0])
    assert F.mse_loss(np.array([1.0, 2.0]), np.zeros(2), weight=weight) == (1 + 12) / 4
    assert F.l1_loss(np.array([1.0, 2.0]), np.zeros(2), weight=weight) == (1 + 6) / 4


def test_different_shapes_are_broadcast_with_a_warning() -> None:
    for loss in (F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss):
        with pytest.warns(UserWarning, match=r"input \(4, 1\) and target \(4,\) differ in shape"):
            assert loss(np.ones((4, 1)), np.zeros(4), reduction="none").shape == (4, 4)


def test_mean_of_no_items_is_nan_with_a_gradient_of_zero() -> None:
    x = tensor(X, requires_grad=True)
    for options in ({}, {"label_smoothing": 0.1}, {"weight": WEIGHT}):
        loss = F.cross_entropy(x, np.full(4, 7), ignore_index=7, **options)
        assert np.isnan(loss.item())
    F.cross_entropy(x, np.full(4, 7), ignore_index=7).backward()
    np.testing.assert_array_equal(values(x.grad), np.zeros_like(X))


def test_weights_are_buffers_of_the_state() -> None:
    loss = nn.CrossEntropyLoss(weight=WEIGHT)
    assert list(loss.state_dict()) == ["weight"]
    assert not list(loss.parameters())
    built = nn.build(loss.spec())
    np.testing.assert_array_equal(values(built.weight), WEIGHT)


def test_factor_that_requires_a_gradient_gets_one() -> None:
    factor = nn.Parameter(np.array([2.0, 1.0, 0.5]))
    loss = nn.BCEWithLogitsLoss(pos_weight=factor)
    loss(tensor(X), TARGETS).backward()
    expected = (TARGETS * np.logaddexp(0, -X)).sum(axis=0) / X.size
    np.testing.assert_allclose(values(factor.grad), expected)


def test_class_weight_that_requires_a_gradient_is_refused() -> None:
    with pytest.raises((RuntimeError, TypeError), match="requires a gradient"):
        F.cross_entropy(tensor(X), CLASSES, nn.Parameter(WEIGHT))


def test_single_label_has_one_alignment_in_one_step() -> None:
    log_probs = np.log(np.array([[0.2, 0.5, 0.3]]))
    loss = F.ctc_loss(log_probs, np.array([1]), 1, 1, reduction="sum")
    assert float(loss) == pytest.approx(-np.log(0.5))


def test_ctc_sums_over_alignments() -> None:
    probs = RNG.dirichlet(np.ones(3), 3)
    expected = 0.0
    for path in np.ndindex(3, 3, 3):
        merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
        if [c for c in merged if c] == [1, 2]:
            expected += probs[np.arange(3), path].prod()
    loss = F.ctc_loss(np.log(probs), np.array([1, 2]), 3, 2, reduction="none")
    assert float(loss) == pytest.approx(-np.log(expected))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("zero_infinity", [False, True])
def test_ctc_agrees_with_pytorch(reduction: str, zero_infinity: bool) -> None:
    torch = pytest.importorskip("torch")
    scores = normal(5, 3, 4)
    lengths, sizes = np.array([5, 4, 2]), np.array([3, 0, 2])
    padded = np.array([[1, 1, 2], [0, 0, 0], [3, 1 if zero_infinity else 2, 0]])
    if zero_infinity:
        sizes[2], padded[2] = 3, [3, 3, 3]  # needs five steps, has two
    flat = np.concatenate([row[:size] for row, size in zip(padded, sizes, strict=True)])
    for targets in (padded, flat):
        x, y = tensor(scores, requires_grad=True), torch.tensor(scores, requires_grad=True)
        options: dict[str, Any] = {"reduction": reduction, "zero_infinity": zero_infinity}
        found = nn.CTCLoss(**options)(F.log_softmax(x, -1), targets, lengths, sizes)
        expected = torch.nn.CTCLoss(**options)(
            y.log_softmax(-1), *map(torch.tensor, (targets, lengths, sizes))
        )
        assert_close(found, expected)
        found.sum().backward()
        expected.sum().backward()
        assert_close(x.grad, y.grad)


def test_wrong_arguments_raise() -> None:
    for call, message in (
        (lambda: F.multi_margin_loss(X, CLASSES, p=3), "p is 3: use 1 or 2"),
        (lambda: F.triplet_margin_loss(X, Y, Z, margin=0), "margin is 0: it must be positive"),
        (lambda: F.gaussian_nll_loss(X, Y, -POSITIVE), "var has negative values"),
        (lambda: F.gaussian_nll_loss(X, Y, np.ones(2)), r"var \(2,\) and input \(4, 3\)"),
        (lambda: F.ctc_loss(normal(5, 2, 3), LABELS, [5], [1]), r"input_lengths \(1,\) and"),
        (lambda: F.ctc_loss(normal(5, 1, 3), [[1, 2]], [6], [1]), r"\[6\]: they must be within 1"),
        (lambda: F.ctc_loss(normal(5, 1, 3), [[1, 2]], [5], [3]), r"target_lengths are \[3\]"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_equal_shapes_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.mse_loss(X, Y)
