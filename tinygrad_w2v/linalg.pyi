# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import det as det
from tinygrad_w2v.ops import inv as inv
from tinygrad_w2v.ops import matmul as matmul
from tinygrad_w2v.ops import matrix_power as matrix_power
from tinygrad_w2v.ops import solve as solve
from typing import Any

def slogdet(a: Any) -> Tensor: ...
