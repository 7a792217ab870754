"""Functions and methods under PyTorch's names do what PyTorch's do, where PyTorch is installed.

Each call is written once and run with both packages: ``t`` is the package, ``x`` a float matrix,
``y`` another, ``v`` a vector, ``c`` a (2, 3, 4) tensor, ``i`` integers and ``b`` booleans.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg

torch = pytest.importorskip("torch")

_RNG = np.random.default_rng(7)
ARRAYS: dict[str, Any] = {
    "x": _RNG.normal(size=(3, 4)),
    "y": _RNG.uniform(0.5, 2.0, size=(3, 4)),
    "v": _RNG.normal(size=4),
    "w": _RNG.normal(size=3),
    "c": _RNG.normal(size=(2, 3, 4)),
    "d": _RNG.normal(size=(2, 4, 3)),
    "s": _RNG.normal(size=(3, 3)) + 2 * np.eye(3),
    "z": np.array([[1.0, 1.0, 0.5, 2.0], [2.0, 0.5, 2.0, 0.5], [3.0, 3.0, 3.0, 3.0]]),
    "i": np.array([[0, 2, 1, 0], [1, 0, 2, 2]]),
    "j": np.array([2, 0]),
    "n": np.array([3, -7, 8, 2]),
    "q": np.array([3, 1, 1, 2]),
    "f": np.array([1, np.nan, np.inf, -np.inf], np.float32),
    "b": _RNG.random((3, 4)) < 0.5,
}

CALLS = """
t.add(x, y, alpha=2) | x.add(y) | x.sub(y, alpha=3) | t.mul(x, other=y) | t.rsub(x, y)
t.div(x, y, rounding_mode='floor') | x.div(y, rounding_mode='trunc') | t.true_divide(x, y)
t.div(n, 2, rounding_mode='trunc') | t.div(n, 2, rounding_mode='floor') | n // 2 | n % 3
t.fmod(x, y) | t.fmod(n, 3) | x.remainder(y) | t.floor_divide(x.detach(), y.detach()) | x.frac()
x.neg() | x.sgn().detach() | t.clamp(x, -1, 1) | x.clamp(min=0) | x.clip(max=0.5)
t.clamp_min(x, 0) | x.clamp_max(0.5) | t.float_power(y, 2) | t.nan_to_num(f, nan=1.0)
t.heaviside(x.detach(), y.detach()) | x.deg2rad() | t.where(b, x, y) | x.where(b, y) | t.where(b)
t.lerp(x, y, 0.3) | x.lerp(end=y, weight=0.3) | t.mm(x, d[0]) | x.mm(mat2=x.t()) | t.mv(x, v)
t.bmm(c, d) | c.bmm(d) | t.dot(v, v) | v.vdot(v) | t.addmm(s, x, d[0], beta=0.5, alpha=2)
s.addmm(x, d[0]) | t.addmv(w, x, v) | t.addr(x, w, v)
t.baddbmm(s.expand(2, 3, 3), c, d, alpha=2) | t.addbmm(s, c, d) | t.addcmul(x, x, y, value=0.5)
t.addcdiv(x, x, y, value=2) | t.ger(w, v) | t.outer(w, v) | t.chain_matmul(x, d[0], x)
t.matrix_power(s, 3) | s.matrix_power(-1) | t.matrix_power(s, 0) | t.dist(x, y, 3) | x.dist(y)
t.einsum('ij,kj->ik', x, y) | t.tensordot(x, y, dims=2) | t.cross(s, s * 2, dim=1) | t.kron(s, x)
x.sum(dim=1, keepdim=True) | t.mean(x, dim=(0, 1)) | x.std(dim=0) | x.std(0, unbiased=False)
t.var(x, dim=1, unbiased=True) | x.var(unbiased=False) | x.std(0, False) | x.norm(dim=1)
x.prod(1) | x.norm(p=1, dim=0, keepdim=True) | x.max() | x.max(1) | t.max(x, dim=1, keepdim=True)
x.min(dim=0) | t.max(x, y) | t.min(x, y) | x.max(y) | x.argmax() | x.argmax(dim=1)
x.argmin(1, keepdim=True) | x.amax(1) | x.aminmax(dim=1) | t.aminmax(x) | x.logsumexp(dim=1)
x.cumsum(dim=0) | x.cumprod(1) | x.logcumsumexp(1) | x.sort() | t.sort(x, dim=0, descending=True)
x.argsort(dim=0) | x.msort() | t.sort(z, stable=True)
t.sort(z, dim=1, descending=True, stable=True) | t.argsort(x, descending=True) | x.topk(2)
t.topk(x, 2, dim=0, largest=False) | x.kthvalue(2) | x.kthvalue(2, dim=0, keepdim=True)
x.median() | x.median(dim=1) | v.median() | z.mode() | z.mode(dim=0) | z.cummax(1)
z.cummin(dim=0) | t.quantile(x, 0.3) | x.quantile(q=0.25, dim=1)
t.quantile(x, 0.5, dim=0, keepdim=True) | t.any(b) | b.any(dim=0) | b.all(1)
t.all(b, dim=1, keepdim=True) | t.isclose(x, x) | t.equal(x, y) | t.allclose(x, x) | t.eq(x, y)
x.ne(y) | x.lt(0) | x.le(y) | x.gt(other=y) | x.ge(0) | x.isnan() | t.logical_and(b, x > 0)
b.logical_not() | t.logical_xor(b, b) | ~b | b & (x > 0) | n.bitwise_and(3) | t.bitwise_xor(n, 5)
n << 1 | n >> 1 | t.gcd(n, n * 2) | t.lcm(n, n + 1) | t.count_nonzero(b, dim=0) | t.nonzero(b)
b.nonzero(as_tuple=True) | t.argwhere(b) | t.bincount(n.abs()) | t.isin(n, n[:2]) | t.unique(q)
q.unique(return_counts=True) | t.unique(i, return_inverse=True, dim=0) | z.signbit()
t.unique_consecutive(q) | q.unique_consecutive(return_inverse=True, return_counts=True, dim=0)
t.histc(x.detach(), bins=5, min=-2, max=2) | t.histogram(x.detach(), 4)
t.searchsorted(v.sort()[0], x) | x.dim() | t.bucketize(x, v.sort()[0], right=True)
t.searchsorted(x.sort()[0], y, right=True) | x.numel() | t.cat([x, y], dim=1) | t.concat((x, y))
t.stack([x, y], dim=2) | t.hstack([x, y]) | t.hstack([v, v]) | t.vstack([v, x]) | t.dstack([x, y])
t.dstack([v, v]) | t.column_stack([w, x]) | x.split(2, dim=1) | t.split(x, [1, 3], dim=1)
x.chunk(2, dim=1) | t.unbind(x, dim=1) | x.unbind() | x.tensor_split(3, 1)
t.tensor_split(x, (1, 3), dim=1) | c.hsplit(3) | c.vsplit(2) | c.dsplit(2) | x.select(1, 2) | x[0]
t.select(x, dim=0, index=-1) | x.narrow(1, 1, 2) | t.narrow(x, dim=0, start=-2, length=1)
x[:, None] | t.gather(x, 0, i) | x.gather(dim=0, index=i) | x.scatter(0, i, y[:2])
x.scatter(0, i, 1.5) | x.scatter_add(0, i, y[:2]) | x.index_select(0, j)
t.index_select(x, dim=1, index=j) | x.index_add(0, j, y[:2])
t.index_add(x, 0, j, y[:2], alpha=2) | x.index_fill(0, j, 2.0) | x.index_copy(0, j, y[:2])
x.masked_fill(b, -1.0) | t.masked_select(x, b) | x.masked_fill(mask=b, value=2)
x.masked_scatter(b, y) | t.take(x, j) | t.take_along_dim(x, i, dim=0) | t.put(x, j, w[:2])
x.index_put((j,), v) | x.index_put((j, j), w[:2], accumulate=True)
x.scatter_reduce(0, i, y[:2], 'sum') | t.scatter_reduce(x, 0, i, y[:2], reduce='mean')
x.scatter_reduce(0, i, y[:2], 'amax', include_self=False) | x.scatter_reduce(0, i, y[:2], 'amin')
x.scatter_reduce(0, i, y[:2], 'mean', include_self=False) | t.fmax(f, n) | f.fmin(n)
t.svd(x.detach())[1]
t.einsum('ij,kj->ik', [x, y]) | x.sum([0, 1]) | x.std(dim=[0, 1]) | t.atleast_3d(x) | x.norm('fro')
x.split_with_sizes([1, 3], 1) | t.cov(x, correction=0, aweights=y[0].detach())
t.select_scatter(x, v, 0, 1)
t.slice_scatter(x, y[:2], start=1) | t.diagonal_scatter(x, w) | x.t() | x.flip(0)
t.flip(x, dims=(0, 1)) | x.flip(0, 1) | x.roll(1, 0) | t.roll(x, shifts=2, dims=1)
t.roll(x, (1, 2), (0, 1)) | t.rot90(x) | t.rot90(x, 2, [0, 1]) | t.fliplr(x) | x.flipud() | x.T
c.mT | x.repeat(2, 1) | x.repeat(2, 2, 1) | t.repeat_interleave(x, 2, dim=1)
x.repeat_interleave(repeats=2) | t.tile(x, (2, 2)) | x.tile(2, 1) | v.expand(3, -1)
v.expand_as(x) | x.view(-1) | x.view(2, 6) | x.view_as(y) | t.reshape(x, (4, 3)) | x.reshape(12)
x.reshape_as(y) | c.flatten(1) | x.contiguous() | t.flatten(c, start_dim=0, end_dim=1)
t.unflatten(x, 1, (2, 2)) | v.unfold(0, 2, 1) | c.unfold(2, 3, 1) | t.permute(c, (2, 0, 1))
c.permute(2, 0, 1) | c.permute(dims=(1, 0, 2)) | t.transpose(c, 0, 2)
c.transpose(dim0=1, dim1=2) | c.swapaxes(0, 1) | c.swapdims(0, 1) | t.movedim(c, 0, 2)
c.squeeze(0) | t.moveaxis(c, (0, 1), (2, 0)) | x.unsqueeze(dim=1) | t.unsqueeze(x, 0)
x.unsqueeze(-1).squeeze(-1) | t.diag(v) | t.diag(x) | t.diagonal(x)
x.diagonal(offset=1, dim1=0, dim2=1) | t.tril(x) | x.triu(1) | t.tril(x, diagonal=-1)
t.triu(x, diagonal=1) | s.trace() | t.trace(s) | v.diag_embed() | t.diagflat(x) | t.diff(x, dim=0)
t.diff(v, n=2, prepend=v[:1]) | t.cov(x) | t.corrcoef(x) | t.broadcast_tensors(x, v)
x.sum_to_size(1, 4) | t.atleast_2d(v) | x.clone() | x.float() | x.double() | n.float()
x.to(t.float32) | x.to('cpu') | n.to(dtype=t.float64) | x.long() | x.int() | b.long() | n.bool()
n.byte() | n.short() | x.type(t.float32) | n.type_as(x) | x.half() | x.softmax(dim=1)
x.log_softmax(dim=-1) | x.relu() | x.tanh() | t.softmax(x, dim=0) | t.log_softmax(x, 1)
t.sigmoid(x) | t.exp(x) | t.square(x) | t.pow(y, 2.5) | t.pow(2, x) | x.pow(exponent=2)
y.rsqrt() | y.log2() | y.log1p() | t.atan2(x, y) | t.hypot(x, y) | t.erf(x) | t.expm1(x)
t.reciprocal(y) | t.logaddexp(x, y) | x.round() | x.ceil() | x.trunc() | x.abs()
t.renorm(x, 2, 0, 1.0) | x.nansum(1) | x.nanmean() | t.std_mean(x, dim=1) | t.var_mean(x)
t.xlogy(x, y) | t.logit(y / 3) | t.erfc(x) | t.inverse(s) | t.det(s) | t.slogdet(s @ s)[1]
t.logdet(s @ s.t()) | x.mean(0) | s.trace() | t.trapz(v) | t.trapezoid(x, dim=0)
t.vander(v.detach(), 3) | s.inverse() | s.det() | x.sinc()
t.gradient(x) | t.gradient(x, spacing=2.0, dim=1) | t.gradient(x, spacing=(w.detach(), v.detach()))
t.gradient(x, dim=(0, 1), edge_order=2) | t.cov(x, aweights=y[0]) | t.fill(x, 2)
t.nextafter(x, y.detach())
t.histogramdd(x.detach()[:, :2], [2, 3])[0] | t.nonzero_static(b, size=3) | t.norm(x, 'nuc')
c.norm('nuc', dim=(1, 2)) | t.linalg.pinv(x, rtol=0.1) | t.linalg.pinv(x, atol=0.5) | t.pinverse(x)
t.linalg.lu_factor(x) | t.linalg.lu(s) | t.linalg.lu_solve(*t.linalg.lu_factor(s), x)
t.linalg.lu_factor_ex(s.detach()) | t.lu_unpack(*t.linalg.lu_factor(c)) | t.geqrf(x.detach())
t.ormqr(s, w, x) | t.linalg.householder_product(s, w) | t.linalg.lstsq(d[0], s.new_ones(4, 2))[0]
t.linalg.lstsq(d[0].detach(), v.detach()[:, None], driver='gelsd')
t.linalg.matrix_rank(x, atol=0.5) | t.special.xlog1py(x, y) | t.special.entr(y) | t.i0(x) | x.i0()
t.special.ndtr(x) | t.special.log_ndtr(x) | t.special.ndtri(b * 0.4 + 0.1) | t.special.erfcx(x)
t.special.i0e(x) | t.special.i1(x) | t.special.i1e(x) | t.special.spherical_bessel_j0(x.detach())
t.special.zeta(y.detach() + 1, y.detach()) | t.igamma(y.detach(), y) | t.igammac(y.detach(), y)
t.special.legendre_polynomial_p(x.detach(), n[:1].abs())
x.detach().as_strided((2, 2), (1, 2)) | x.as_strided((2, 2), (1, 1), 3)
x[1:].as_strided((2,), (3,)) | x[1:].as_strided((2, 2), (4, 1), 2)
v.as_strided((3, 3), (0, 1)) | x[0, 1] * x[1, 1]
t.masked.sum(x, 1, mask=b) | t.masked.prod(x, mask=b) | t.masked.amax(x, mask=b)
t.masked.mean(x, 0, keepdim=True, mask=b) | t.masked.var(x, 1, mask=x < 2) | t.masked.std(x, mask=b)
t.masked.softmax(x, 1, mask=x < 2) | t.masked.norm(x, 2, mask=b) | t.masked.cumsum(x, 1, mask=b)
t.masked.argmin(x.detach(), 1, mask=x < 2) | t.masked.logsumexp(x, 1, mask=x < 2)
t.masked.median(x, 0, mask=x < 2) | t.masked.normalize(x, 2, 1, mask=b)
t.quantile(x, y[0] / 3, 1) | t.nanquantile(x, y[0] / 3, dim=0, interpolation='midpoint')
t.cosine_similarity(x[None], y[:, None], dim=0) | t.cosine_similarity(x[:1], y, dim=0)
t.einsum('...ij, j -> i', c, v) | t.linalg.solve(c[:, :, :3], x[:2, :3]) | x.inner(y) | x.adjoint()
y.polygamma(2) | x.detach().clone().copysign_(y.detach()) | n.gcd_(n + 2) | n.bitwise_left_shift_(1)
t.special.softmax(x, 1) | t.special.log_softmax(x, dim=0) | t.special.logsumexp(x, 1)
t.special.round(x, decimals=1) | t.special.sinc(x) | t.linalg.svdvals(x, driver=None)
x.hardshrink() | t.relu_(x.detach()) | t.avg_pool1d(x, 2) | t.adaptive_avg_pool1d(x, 2)
t.hann_window(5) | t.hamming_window(4, False) | t.kaiser_window(6, True, 5.0) | t.bartlett_window(5)
t.blackman_window(1) | t.signal.windows.gaussian(5, std=2.0)
t.signal.windows.nuttall(4, sym=False, dtype=t.float64)
t.signal.windows.exponential(5, tau=2.0) | t.signal.windows.cosine(4) | t.signal.windows.hann(0)
t.nn.functional.grid_sample(c[None], c[None, 0, :2, :2, None] * v[:2], 'bicubic', 'border', True)
t.nn.functional.fractional_max_pool2d(c, 2, 2, _random_samples=y[None, :2, :2].detach() / 2)
t.nn.functional.fractional_max_pool3d(c[None], 1, (1,2,2), None, False, y[None, :1, :3].detach()/2)
"""
EXPRESSIONS = [
    each.strip() for line in CALLS.splitlines() for each in line.split("|") if each.strip()
]


def run(expression: str, package: Any, make: Any) -> tuple[list[Any], dict[str, Any]]:
    """Evaluate an expression with a package; return its results and the leaves."""
    leaves = {name: make(array) for name, array in ARRAYS.items()}
    found = eval(expression, {"t": package, **leaves})
    return list(found) if isinstance(found, tuple | list) else [found], leaves


@pytest.mark.filterwarnings("ignore:.*chain_matmul:UserWarning", "ignore:torch.cholesky")
@pytest.mark.filterwarnings("ignore:The use of `x.T`", "ignore:An output with one or more")
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_results_and_gradients_are_pytorchs(expression: str) -> None:
    ours, our_leaves = run(
        expression, tg, lambda a: tg.tensor(a, requires_grad=a.dtype == np.float64)
    )
    theirs, their_leaves = run(
        expression, torch, lambda a: torch.tensor(a, requires_grad=a.dtype == np.float64)
    )
    assert len(ours) == len(theirs)
    for mine, expected in zip(ours, theirs, strict=True):
        if not isinstance(expected, torch.Tensor):
            assert mine == expected
            continue
        np.testing.assert_allclose(
            mine.detach().numpy(), expected.detach().numpy(), rtol=1e-6, atol=1e-9
        )
        assert mine.shape == tuple(expected.shape)
        assert str(mine.dtype) == str(expected.dtype).removeprefix("torch.")
        assert mine.requires_grad == expected.requires_grad
    differentiable = [k for k, each in enumerate(theirs) if getattr(each, "requires_grad", False)]
    for k in differentiable:
        weights = np.random.default_rng(k).normal(size=ours[k].shape).astype(ours[k].dtype)
        ours[k].backward(tg.tensor(weights), retain_graph=True)
        theirs[k].backward(torch.tensor(weights), retain_graph=True)
    for name, leaf in our_leaves.items():
        slope = their_leaves[name].grad
        if slope is not None:
            np.testing.assert_allclose(np.asarray(leaf.grad), slope.numpy(), rtol=1e-5, atol=1e-8)
