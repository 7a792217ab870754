"""Callbacks: validation, early stopping, metrics in files, and the base class of one's own."""

from tinygrad_w2v.training.callbacks.base import Callback as Callback
from tinygrad_w2v.training.callbacks.metrics import CSVFile as CSVFile
from tinygrad_w2v.training.callbacks.metrics import JSONLines as JSONLines
from tinygrad_w2v.training.callbacks.metrics import Metrics as Metrics
from tinygrad_w2v.training.callbacks.metrics import PrintMetrics as PrintMetrics
from tinygrad_w2v.training.callbacks.metrics import TensorBoard as TensorBoard
from tinygrad_w2v.training.callbacks.validation import EarlyStopping as EarlyStopping
from tinygrad_w2v.training.callbacks.validation import SaveBest as SaveBest
from tinygrad_w2v.training.callbacks.validation import Validation as Validation
