"""Modules, layers, losses and initialization. All mathematics is in the ops."""

from tinygrad_w2v.errors import StateError
from tinygrad_w2v.nn import functional, init
from tinygrad_w2v.nn.activation import (
    ELU,
    GELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from tinygrad_w2v.nn.attention import MultiheadAttention
from tinygrad_w2v.nn.container import Lambda, ModuleDict, ModuleList, Residual, Sequential
from tinygrad_w2v.nn.convolution import Conv1d, Conv2d
from tinygrad_w2v.nn.dropout import Dropout
from tinygrad_w2v.nn.embedding import Embedding, EmbeddingBag
from tinygrad_w2v.nn.hierarchical_softmax import HierarchicalSoftmaxLoss
from tinygrad_w2v.nn.linear import Bilinear, Linear
from tinygrad_w2v.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.negative_sampling import NegativeSamplingLoss, UnigramSampler
from tinygrad_w2v.nn.normalization import LayerNorm
from tinygrad_w2v.nn.parameter import Buffer, Parameter
from tinygrad_w2v.nn.persistence import load, save
from tinygrad_w2v.nn.pooling import AvgPool1d, AvgPool2d, Flatten, MaxPool1d, MaxPool2d
from tinygrad_w2v.nn.recurrent import GRU, LSTM, RNN
from tinygrad_w2v.nn.references import register
from tinygrad_w2v.nn.spec import Configurable, build
from tinygrad_w2v.nn.summary import summary

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "Bilinear",
    "Buffer",
    "Configurable",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "EmbeddingBag",
    "Flatten",
    "Hardtanh",
    "HierarchicalSoftmaxLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "Lambda",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiheadAttention",
    "NLLLoss",
    "NegativeSamplingLoss",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "StateError",
    "Tanh",
    "UnigramSampler",
    "build",
    "functional",
    "init",
    "load",
    "register",
    "save",
    "summary",
]
