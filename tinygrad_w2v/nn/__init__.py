"""Modules, layers, losses and initial values. No maths stands here that is not an op."""

from tinygrad_w2v.nn import functional, init
from tinygrad_w2v.nn.container import Sequential
from tinygrad_w2v.nn.embedding import Embedding, EmbeddingBag
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.nn.loss import CrossEntropyLoss
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.negative_sampling import NegativeSamplingLoss, UnigramSampler
from tinygrad_w2v.nn.parameter import Parameter

__all__ = [
    "CrossEntropyLoss",
    "Embedding",
    "EmbeddingBag",
    "Linear",
    "Module",
    "NegativeSamplingLoss",
    "Parameter",
    "Sequential",
    "UnigramSampler",
    "functional",
    "init",
]
