"""The engine: tensors, the tape, and the backward walk. It knows no particular op.

The reference is four files, to be read in this order: ``rule`` (what a backward rule asks for),
``tape`` (a node for each recorded call), ``op`` (a forward and its rules), ``backward`` (the walk;
``contract`` checks what rules return). ``Tensor``, ``RowSparse``, NumPy's protocols and observers
are beside them. ``unrolled`` is an optional accelerator with the same semantics.
"""

from tinygrad_w2v.engine import in_place  # noqa: F401  (attaches the operators to Tensor)
from tinygrad_w2v.engine.backward import grad, leaf_gradients
from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import get_op, op, registered_ops
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor, tensor

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
    "set_grad_enabled",
    "tensor",
]
