"""An instance of every layer, with inputs for those that do not take vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_w2v import nn

WIDTH = 4

# Each maps (N, WIDTH) to (N, WIDTH), so that they can be chained in any order.
VECTOR_LAYERS: list[Callable[[], nn.Module]] = [
    lambda: nn.Linear(WIDTH, WIDTH),
    lambda: nn.Linear(WIDTH, WIDTH, bias=False, dtype=np.float64),
    lambda: nn.LayerNorm(WIDTH),
    lambda: nn.LayerNorm(WIDTH, elementwise_affine=False),
    lambda: nn.Dropout(0.3),
    nn.ReLU,
    lambda: nn.LeakyReLU(0.2),
    lambda: nn.ELU(0.5),
    lambda: nn.GELU("tanh"),
    nn.SiLU,
    nn.Sigmoid,
    nn.LogSigmoid,
    nn.Tanh,
    lambda: nn.Hardtanh(-0.5, 2.0),
    lambda: nn.Softplus(2.0),
    lambda: nn.Softmax(-1),
    lambda: nn.LogSoftmax(-1),
    nn.Flatten,
    *(nn.ReLU6, nn.PReLU, nn.Hardsigmoid, nn.Hardswish, nn.SELU, nn.Mish, nn.Tanhshrink),
    *(nn.Softsign, nn.Identity, nn.CELU, nn.RReLU, nn.Hardshrink, nn.Softshrink),
    lambda: nn.Threshold(0.1, 2.0),
    lambda: nn.Softmin(-1),
    lambda: nn.RMSNorm(WIDTH),
    lambda: nn.GroupNorm(2, WIDTH),
    lambda: nn.BatchNorm1d(WIDTH),
    lambda: nn.AlphaDropout(0.3),
    lambda: nn.FeatureAlphaDropout(0.3),
    lambda: nn.Lambda(np.tanh),
    lambda: nn.Lambda("square"),
]


def image() -> Any:
    return np.random.default_rng(0).normal(size=(2, 3, 6, 6)).astype(np.float32)


def sequence() -> Any:
    return np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)


def volume() -> Any:
    return np.random.default_rng(0).normal(size=(1, 2, 3, 2, 2)).astype(np.float32)


def vectors() -> Any:
    return np.random.default_rng(0).normal(size=(3, WIDTH)).astype(np.float32)


def _three(x: Any) -> tuple[Any, ...]:
    return (x, x, x)


CLASSES, WORDS = np.array([0, 2, 1]), np.array([[0, 5], [2, 2]])
COUNTS = [50, 20, 10, 5, 2, 1]

# Every other layer, with its inputs.
OTHERS: list[tuple[Callable[[], nn.Module], tuple[Any, ...]]] = [
    (lambda: nn.Bilinear(WIDTH, WIDTH, 3), (vectors(), vectors())),
    (lambda: nn.Embedding(6, 3), (WORDS,)),
    (lambda: nn.EmbeddingBag(6, 3, mode="sum"), (WORDS,)),
    (lambda: nn.Conv1d(6, 2, 3, padding=1), (image()[0],)),
    (lambda: nn.Conv2d(3, 6, (3, 2), stride=2, groups=3), (image(),)),
    (nn.GLU, (vectors(),)),
    (nn.Softmax2d, (image(),)),
    (nn.CosineSimilarity, (vectors(), vectors())),
    (lambda: nn.Unflatten(1, (2, 2)), (vectors(),)),
    (lambda: nn.LocalResponseNorm(2), (image(),)),
    (lambda: nn.Conv3d(2, 2, 1), (volume(),)),
    (lambda: nn.ConvTranspose1d(6, 2, 3), (image()[0],)),
    (lambda: nn.ConvTranspose2d(3, 6, (3, 2), stride=2, groups=3), (image(),)),
    (lambda: nn.ConvTranspose3d(2, 2, 2, bias=False), (volume(),)),
    (lambda: nn.BatchNorm2d(3, momentum=0.5), (image(),)),
    (lambda: nn.BatchNorm3d(2, bias=False), (volume(),)),
    (lambda: nn.InstanceNorm1d(6), (image()[0],)),
    (lambda: nn.InstanceNorm2d(3, affine=True), (image(),)),
    (lambda: nn.InstanceNorm3d(2, track_running_stats=True), (volume(),)),
    (lambda: nn.MaxPool3d(1), (volume(),)),
    (lambda: nn.AvgPool3d(1, divisor_override=2), (volume(),)),
    (lambda: nn.LPPool1d(2, 2), (image()[0],)),
    (lambda: nn.LPPool2d(2, (2, 1)), (image(),)),
    (lambda: nn.LPPool3d(2, 1), (volume(),)),
    (lambda: nn.AdaptiveAvgPool1d(2), (image()[0],)),
    (lambda: nn.AdaptiveAvgPool2d((3, 2)), (image(),)),
    (lambda: nn.AdaptiveAvgPool3d(1), (volume(),)),
    (lambda: nn.AdaptiveMaxPool1d(2), (image()[0],)),
    (lambda: nn.AdaptiveMaxPool2d((3, 2)), (image(),)),
    (lambda: nn.AdaptiveMaxPool3d(1), (volume(),)),
    (lambda: nn.FractionalMaxPool2d(2, 5), (image(),)),
    (lambda: nn.FractionalMaxPool3d(1, (3, 2, 2)), (volume(),)),
    (lambda: nn.MaxUnpool1d(1), (sequence(), np.zeros((5, 2, 3), int))),
    (lambda: nn.MaxUnpool2d(1), (image(), np.zeros((2, 3, 6, 6), int))),
    (lambda: nn.MaxUnpool3d(1), (volume(), np.zeros((1, 2, 3, 2, 2), int))),
    (lambda: nn.Upsample(scale_factor=2), (image(),)),
    (lambda: nn.UpsamplingNearest2d(scale_factor=2), (image(),)),
    (lambda: nn.UpsamplingBilinear2d((3, 4)), (image(),)),
    (lambda: nn.PixelShuffle(1), (image(),)),
    (lambda: nn.PixelUnshuffle(2), (image(),)),
    (lambda: nn.ChannelShuffle(3), (image(),)),
    (lambda: nn.Unfold(2, stride=2), (image(),)),
    (lambda: nn.Fold(4, 1), (np.ones((1, 2, 16)),)),
    *(
        (lambda axes=axes, rate=rate: getattr(nn, f"Dropout{axes}d")(rate), (x,))
        for axes, rate, x in ((1, 0.5, image()[0]), (2, 0.2, image()), (3, 0.1, volume()))
    ),
    *(
        (lambda name=f"{kind}Pad{axes}d", a=args: getattr(nn, name)(1, *a), (x,))
        for axes, x in ((1, image()[0]), (2, image()), (3, volume()))
        for kind, args in (
            ("Constant", (2.5,)),
            *((k, ()) for k in ("Zero", "Reflection", "Replication", "Circular")),
        )
    ),
    (lambda: nn.MaxPool1d(2), (image()[0],)),
    (lambda: nn.MaxPool2d((2, 3), padding=1), (image(),)),
    (lambda: nn.AvgPool1d(2, 1), (image()[0],)),
    (lambda: nn.AvgPool2d(3), (image(),)),
    (lambda: nn.RNN(3, 2, nonlinearity="relu"), (sequence(),)),
    (lambda: nn.LSTM(3, 2, num_layers=2, dropout=0.5), (sequence(),)),
    (lambda: nn.GRU(3, 2, bidirectional=True, batch_first=True), (sequence(),)),
    (lambda: nn.LSTM(3, 4, proj_size=2), (sequence(),)),
    (lambda: nn.RNNCell(WIDTH, 2), (vectors(),)),
    (lambda: nn.LSTMCell(WIDTH, 2), (vectors(),)),
    (lambda: nn.GRUCell(WIDTH, 2, bias=False), (vectors(),)),
    (lambda: nn.MultiheadAttention(4, 2, dropout=0.1), _three(vectors()[:, None])),
    (
        lambda: nn.MultiheadAttention(4, 2, kdim=4, vdim=3, add_bias_kv=True, add_zero_attn=True),
        (sequence()[:, :, [0, 1, 2, 0]], sequence()[:, :, [0, 1, 2, 0]], sequence()),
    ),
    (lambda: nn.TransformerEncoderLayer(3, 1, 4), (sequence(),)),
    (lambda: nn.TransformerDecoderLayer(3, 1, 4, norm_first=True), (sequence(), sequence())),
    (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(3, 1, 4, 0.0), 2, nn.LayerNorm(3)),
        (sequence(),),
    ),
    (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(3, 1, 4, activation="gelu"), 2),
        (sequence(), sequence()),
    ),
    (lambda: nn.Transformer(4, 2, 1, 2, 5, bias=False), (vectors()[:, None], vectors()[:, None])),
    (lambda: nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.1), (vectors(), CLASSES)),
    (nn.NLLLoss, (vectors(), CLASSES)),
    (nn.BCELoss, (np.full((2, 2), 0.3), np.ones((2, 2)))),
    (nn.BCEWithLogitsLoss, (vectors(), vectors() ** 2)),
    (nn.MSELoss, (vectors(), vectors() + 1)),
    (nn.L1Loss, (vectors(), vectors() + 1)),
    (lambda: nn.HuberLoss(delta=2.0), (vectors(), vectors() + 1)),
    (lambda: nn.SmoothL1Loss(beta=0.5), (vectors(), vectors() + 1)),
    (lambda: nn.KLDivLoss(reduction="batchmean"), (vectors(), vectors() ** 2)),
    (lambda: nn.NLLLoss2d(weight=[1.0, 2.0, 1.0, 1.0]), (vectors(), CLASSES)),
    (nn.PoissonNLLLoss, (vectors(), vectors() ** 2)),
    (lambda: nn.GaussianNLLLoss(full=True), (vectors(), vectors() + 1, vectors() ** 2)),
    (nn.SoftMarginLoss, (vectors(), np.sign(vectors()))),
    (nn.HingeEmbeddingLoss, (vectors(), np.sign(vectors()))),
    (nn.MarginRankingLoss, (vectors(), vectors() + 1, np.sign(vectors()))),
    (nn.CosineEmbeddingLoss, (vectors(), vectors() + 1, np.array([1, -1, 1]))),
    (nn.MultiLabelSoftMarginLoss, (vectors(), vectors() ** 2)),
    (nn.MultiLabelMarginLoss, (vectors(), np.array([[1, -1, 0, 0]] * 3))),
    (lambda: nn.MultiMarginLoss(p=2), (vectors(), CLASSES)),
    (lambda: nn.TripletMarginLoss(swap=True), _three(vectors())),
    (nn.TripletMarginWithDistanceLoss, _three(vectors())),
    (nn.PairwiseDistance, (vectors(), vectors() + 1)),
    (nn.CTCLoss, (np.log(np.full((3, 4), 0.25)), np.array([1, 2]), np.array(3), np.array(2))),
    (lambda: nn.AdaptiveLogSoftmaxWithLoss(WIDTH, 6, [2], 2.0), (vectors(), CLASSES)),
    (lambda: nn.NegativeSamplingLoss(WIDTH, COUNTS, negative=3), (vectors(), CLASSES)),
    (
        lambda: nn.NegativeSamplingLoss(WIDTH, nn.UnigramSampler(COUNTS, 0.5), shared=4, block=2),
        (vectors(), CLASSES),
    ),
    (lambda: nn.HierarchicalSoftmaxLoss(WIDTH, COUNTS), (vectors(), CLASSES)),
    (lambda: nn.UnigramSampler(COUNTS), ((2, 3),)),
]


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """Set every parameter to random values, including those that are zero initially."""
    rng = np.random.default_rng(seed)
    for parameter in model.parameters():
        nn.init.normal_(parameter, generator=rng)
    return model


def nestings() -> st.SearchStrategy[nn.Module]:
    """Models of vector layers, nested in containers."""
    leaves = st.sampled_from(VECTOR_LAYERS).map(lambda make: make())

    def wrapped(inner: st.SearchStrategy[nn.Module]) -> st.SearchStrategy[nn.Module]:
        return st.one_of(
            st.lists(inner, max_size=3).map(lambda layers: nn.Sequential(*layers)),
            inner.map(nn.Residual),
        )

    return st.recursive(leaves, wrapped, max_leaves=6)
