# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Axis
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import cholesky as cholesky
from tinygrad_w2v.ops import cholesky_ex as cholesky_ex
from tinygrad_w2v.ops import cond as cond
from tinygrad_w2v.ops import det as det
from tinygrad_w2v.ops import householder_product as householder_product
from tinygrad_w2v.ops import inv as inv
from tinygrad_w2v.ops import inv_ex as inv_ex
from tinygrad_w2v.ops import lstsq as lstsq
from tinygrad_w2v.ops import lu_factor as lu_factor
from tinygrad_w2v.ops import lu_factor_ex as lu_factor_ex
from tinygrad_w2v.ops import matmul as matmul
from tinygrad_w2v.ops import matrix_exp as matrix_exp
from tinygrad_w2v.ops import matrix_norm as matrix_norm
from tinygrad_w2v.ops import matrix_power as matrix_power
from tinygrad_w2v.ops import matrix_rank as matrix_rank
from tinygrad_w2v.ops import multi_dot as multi_dot
from tinygrad_w2v.ops import qr as qr
from tinygrad_w2v.ops import singular_values as _singular_values
from tinygrad_w2v.ops import solve_ex as solve_ex
from tinygrad_w2v.ops import solve_triangular as solve_triangular
from tinygrad_w2v.ops import tensorinv as tensorinv
from tinygrad_w2v.ops import tensorsolve as tensorsolve
from tinygrad_w2v.ops import vecdot as vecdot
from tinygrad_w2v.ops import vector_norm as vector_norm
from tinygrad_w2v.ops.lu import PLU
from typing import Any
from typing import overload

@overload
def cross(a: Any, b: Any, axis: int | None = None) -> Tensor: ...
@overload
def cross(input: Any, b: Any, dim: int | None = None) -> Tensor: ...
@overload
def diagonal(A: TensorLike, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor: ...
@overload
def diagonal(input: TensorLike, *, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Tensor: ...
def dot(x: TensorLike, y: TensorLike) -> Tensor: ...
def eigh(a: Any, UPLO: str = 'L') -> Tensor: ...
def eigvalsh(a: Any, UPLO: str = 'L') -> Tensor: ...
def lu(A: TensorLike, *, pivot: bool = True) -> PLU: ...
def lu_solve(LU: TensorLike, pivots: TensorLike, B: TensorLike, *, left: bool = True, adjoint: bool = False) -> Tensor: ...
@overload
def norm(A: TensorLike, ord: float | str | None = None, dim: Axis = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor: ...
@overload
def norm(input: TensorLike, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False, *, dtype: Any = None) -> Tensor: ...
def pinv(A: TensorLike, rcond: float | None = None, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Tensor: ...
def slogdet(a: Any) -> Tensor: ...
def solve(A: TensorLike, B: TensorLike, *, left: bool = True) -> Tensor: ...
def svd(A: TensorLike, full_matrices: bool = True) -> Tensor: ...
svdvals = _singular_values
def vander(x: TensorLike, *, N: int | None = None) -> Tensor: ...
