"""The ops as functions, by PyTorch's names."""

from tinygrad_w2v.ops import (
    context_mean,
    cross_entropy,
    embedding,
    embedding_bag,
    log_softmax,
    negative_sampling,
    nll_loss,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
)

__all__ = [
    "context_mean",
    "cross_entropy",
    "embedding",
    "embedding_bag",
    "log_softmax",
    "negative_sampling",
    "nll_loss",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]
