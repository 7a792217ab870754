"""The engine: tensors, the tape, and the walk that differentiates it. It knows no particular op.

Read in this order: ``tensor`` (an array that remembers), ``op`` (a forward and its rules),
``plan`` (what a recorded call keeps), ``node`` (the recorded call), ``walk`` and ``rules``
(backward), ``contract`` (what every rule must keep to), ``row_sparse`` (the gradient of a table).
That is all of it. ``fast_call``, ``plan_code`` and ``fast_walk`` do the same things quicker.
"""

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad
from tinygrad_w2v.engine.node import Node
from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.registry import get_op, registered_ops
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.tensor import Tensor, tensor
from tinygrad_w2v.engine.walk import grad, leaf_gradients

__all__ = [
    "Node",
    "Op",
    "RowSparse",
    "RuleError",
    "Sample",
    "Tensor",
    "enable_grad",
    "get_op",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "leaf_gradients",
    "named",
    "no_grad",
    "op",
    "registered_ops",
    "tensor",
]
