"""Modules, layers, losses and initialization. All mathematics is in the ops."""

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.errors import StateError as StateError
from tinygrad_w2v.nn import functional as functional
from tinygrad_w2v.nn import init as init
from tinygrad_w2v.nn import utils as utils
from tinygrad_w2v.nn.activation import ELU as ELU
from tinygrad_w2v.nn.activation import GELU as GELU
from tinygrad_w2v.nn.activation import Hardtanh as Hardtanh
from tinygrad_w2v.nn.activation import LeakyReLU as LeakyReLU
from tinygrad_w2v.nn.activation import LogSigmoid as LogSigmoid
from tinygrad_w2v.nn.activation import LogSoftmax as LogSoftmax
from tinygrad_w2v.nn.activation import ReLU as ReLU
from tinygrad_w2v.nn.activation import Sigmoid as Sigmoid
from tinygrad_w2v.nn.activation import SiLU as SiLU
from tinygrad_w2v.nn.activation import Softmax as Softmax
from tinygrad_w2v.nn.activation import Softplus as Softplus
from tinygrad_w2v.nn.activation import Tanh as Tanh
from tinygrad_w2v.nn.attention import MultiheadAttention as MultiheadAttention
from tinygrad_w2v.nn.container import Lambda as Lambda
from tinygrad_w2v.nn.container import ModuleDict as ModuleDict
from tinygrad_w2v.nn.container import ModuleList as ModuleList
from tinygrad_w2v.nn.container import ParameterDict as ParameterDict
from tinygrad_w2v.nn.container import ParameterList as ParameterList
from tinygrad_w2v.nn.container import Residual as Residual
from tinygrad_w2v.nn.container import Sequential as Sequential
from tinygrad_w2v.nn.convolution import Conv1d as Conv1d
from tinygrad_w2v.nn.convolution import Conv2d as Conv2d
from tinygrad_w2v.nn.dropout import Dropout as Dropout
from tinygrad_w2v.nn.embedding import Embedding as Embedding
from tinygrad_w2v.nn.embedding import EmbeddingBag as EmbeddingBag
from tinygrad_w2v.nn.hierarchical_softmax import HierarchicalSoftmaxLoss as HierarchicalSoftmaxLoss
from tinygrad_w2v.nn.linear import Bilinear as Bilinear
from tinygrad_w2v.nn.linear import Linear as Linear
from tinygrad_w2v.nn.loss import BCELoss as BCELoss
from tinygrad_w2v.nn.loss import BCEWithLogitsLoss as BCEWithLogitsLoss
from tinygrad_w2v.nn.loss import CosineEmbeddingLoss as CosineEmbeddingLoss
from tinygrad_w2v.nn.loss import CrossEntropyLoss as CrossEntropyLoss
from tinygrad_w2v.nn.loss import CTCLoss as CTCLoss
from tinygrad_w2v.nn.loss import GaussianNLLLoss as GaussianNLLLoss
from tinygrad_w2v.nn.loss import HingeEmbeddingLoss as HingeEmbeddingLoss
from tinygrad_w2v.nn.loss import HuberLoss as HuberLoss
from tinygrad_w2v.nn.loss import KLDivLoss as KLDivLoss
from tinygrad_w2v.nn.loss import L1Loss as L1Loss
from tinygrad_w2v.nn.loss import MarginRankingLoss as MarginRankingLoss
from tinygrad_w2v.nn.loss import MSELoss as MSELoss
from tinygrad_w2v.nn.loss import MultiLabelMarginLoss as MultiLabelMarginLoss
from tinygrad_w2v.nn.loss import MultiLabelSoftMarginLoss as MultiLabelSoftMarginLoss
from tinygrad_w2v.nn.loss import MultiMarginLoss as MultiMarginLoss
from tinygrad_w2v.nn.loss import NLLLoss as NLLLoss
from tinygrad_w2v.nn.loss import NLLLoss2d as NLLLoss2d
from tinygrad_w2v.nn.loss import PairwiseDistance as PairwiseDistance
from tinygrad_w2v.nn.loss import PoissonNLLLoss as PoissonNLLLoss
from tinygrad_w2v.nn.loss import SmoothL1Loss as SmoothL1Loss
from tinygrad_w2v.nn.loss import SoftMarginLoss as SoftMarginLoss
from tinygrad_w2v.nn.loss import TripletMarginLoss as TripletMarginLoss
from tinygrad_w2v.nn.loss import TripletMarginWithDistanceLoss as TripletMarginWithDistanceLoss
from tinygrad_w2v.nn.module import Module as Module
from tinygrad_w2v.nn.negative_sampling import NegativeSamplingLoss as NegativeSamplingLoss
from tinygrad_w2v.nn.negative_sampling import UnigramSampler as UnigramSampler
from tinygrad_w2v.nn.normalization import LayerNorm as LayerNorm
from tinygrad_w2v.nn.parameter import Buffer as Buffer
from tinygrad_w2v.nn.parameter import Parameter as Parameter
from tinygrad_w2v.nn.persistence import load as load
from tinygrad_w2v.nn.persistence import save as save
from tinygrad_w2v.nn.pooling import AvgPool1d as AvgPool1d
from tinygrad_w2v.nn.pooling import AvgPool2d as AvgPool2d
from tinygrad_w2v.nn.pooling import Flatten as Flatten
from tinygrad_w2v.nn.pooling import MaxPool1d as MaxPool1d
from tinygrad_w2v.nn.pooling import MaxPool2d as MaxPool2d
from tinygrad_w2v.nn.recurrent import GRU as GRU
from tinygrad_w2v.nn.recurrent import LSTM as LSTM
from tinygrad_w2v.nn.recurrent import RNN as RNN
from tinygrad_w2v.nn.recurrent import RNNBase as RNNBase
from tinygrad_w2v.nn.recurrent_cell import GRUCell as GRUCell
from tinygrad_w2v.nn.recurrent_cell import LSTMCell as LSTMCell
from tinygrad_w2v.nn.recurrent_cell import RNNCell as RNNCell
from tinygrad_w2v.nn.references import register as register
from tinygrad_w2v.nn.spec import Configurable as Configurable
from tinygrad_w2v.nn.spec import build as build
from tinygrad_w2v.nn.summary import summary as summary

if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
