# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.device import DeviceLike
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import bartlett as bartlett
from tinygrad_w2v.ops import blackman as blackman
from tinygrad_w2v.ops import gaussian as gaussian
from tinygrad_w2v.ops import general_cosine as general_cosine
from tinygrad_w2v.ops import general_hamming as general_hamming
from tinygrad_w2v.ops import hamming as hamming
from tinygrad_w2v.ops import hann as hann
from tinygrad_w2v.ops import kaiser as kaiser
from tinygrad_w2v.ops import nuttall as nuttall
from typing import Any
import numpy.typing as npt

def cosine(M: int, *, sym: bool = True, out: Tensor | None = None, dtype: npt.DTypeLike | None = None, layout: Any = None, device: DeviceLike = None, requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None) -> Tensor: ...
def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, out: Tensor | None = None, dtype: npt.DTypeLike | None = None, layout: Any = None, device: DeviceLike = None, requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None) -> Tensor: ...
