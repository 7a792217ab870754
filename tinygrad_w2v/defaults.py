"""Settings of the process under PyTorch's names: threads, determinism, the default device."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.engine.device import CPU, check_placement, device
from tinygrad_w2v.engine.dtypes import as_dtype, get_default_dtype, set_default_dtype
from tinygrad_w2v.runtime.blas import get_blas_threads, set_blas_threads
from tinygrad_w2v.validation import integer, one_of

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_default_device",
    "get_default_dtype",
    "get_float32_matmul_precision",
    "get_num_threads",
    "set_default_device",
    "set_default_dtype",
    "set_default_tensor_type",
    "set_float32_matmul_precision",
    "set_num_interop_threads",
    "set_num_threads",
    "use_deterministic_algorithms",
]


def get_num_threads() -> int:
    """Return the number of threads of matrix products."""
    return get_blas_threads()


def set_num_threads(num: int) -> None:
    """Set the number of threads of matrix products; all other ops have one."""
    set_blas_threads(integer("num", num, least=1))


def set_num_interop_threads(num: int) -> None:
    """Do nothing: ops run one after another."""
    integer("num", num, least=1)


def get_default_device() -> device:
    """Return the CPU."""
    return CPU


def set_default_device(device: Any) -> None:
    """Accept the CPU, and raise RuntimeError for any other device."""
    check_placement(device)


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype to that of a typed constructor, such as ``FloatTensor``."""
    set_default_dtype(as_dtype(t))


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Do nothing: all ops are deterministic."""


def are_deterministic_algorithms_enabled() -> bool:
    """Return True."""
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Do nothing but check the name: products of float32 are computed in float32."""
    one_of(("highest", "high", "medium"), precision=precision)


def get_float32_matmul_precision() -> str:
    """Return ``"highest"``."""
    return "highest"
