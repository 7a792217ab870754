"""The checks of an op's conduct that opcheck makes: memory, dtypes, names, threads, backends."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterable

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels import backend
from tinygrad_w2v.testing import derive
from tinygrad_w2v.testing.op_call import OpCall, differentiable, naively_dense
from tinygrad_w2v.testing.op_checks import OpCase, SkippedError, require_rules
from tinygrad_w2v.testing.probes import fail
from tinygrad_w2v.testing.verdict import Verdict

_THREADS = 4


def layouts(case: OpCase) -> str:
    """Compare results and gradients in several memory layouts of inputs and cotangent."""
    for sample in case.samples:
        expected = OpCall(case.op, sample).outcome()
        for name, layout in derive.LAYOUTS.items():
            call = OpCall(case.op, derive.laid_out(sample, layout))
            gradients = call.gradients(layout(call.cotangent()))
            found = [call.out.numpy(), *[np.asarray(g) for g in gradients]]
            for place, (a, b) in enumerate(zip(found, expected, strict=True)):
                if not _is_close(a, b, 1e-9):
                    what = "the result" if not place else _gradient_name(call, place)
                    fail(
                        Verdict.WRONG_RULE,
                        f"{what} is another when the inputs' memory is {name}, on {sample}: use no "
                        f"strides, and no reshape or view that relies on contiguous memory",
                    )
    return f"{len(derive.LAYOUTS)} layouts"


def precisions(case: OpCase) -> str:
    """Require float32 out of float32, and nearly the gradients of float64."""
    for sample in case.samples:
        if "dtype" in sample.attributes:
            continue
        single = OpCall(case.op, derive.cast(sample, np.float32))
        double = OpCall(case.op, derive.cast(sample, np.float64))
        if not single.leaves:
            continue
        if single.out.dtype != np.float32:
            fail(
                Verdict.WRONG_CONTRACT,
                f"the forward returns {single.out.dtype} for float32 inputs on {sample}: a "
                f"float64 constant or array enters it",
            )
        for call in (single, double):
            for name, gradient in call.raw_gradients():
                if gradient.dtype != call.out.dtype:
                    fail(
                        Verdict.WRONG_CONTRACT,
                        f"the rule for '{name}' returns {gradient.dtype} for {call.out.dtype} "
                        f"inputs on {sample}: a constant or array of another dtype enters it",
                        input=name,
                    )
        expected = double.outcome()
        # A gradient that is summed over a broadcast axis may cancel: it gets part of the others'.
        others = 0.05 * max(float(np.abs(each).max(initial=0.0)) for each in expected)
        for place, (a, b) in enumerate(zip(single.outcome(), expected, strict=True)):
            if np.abs(a - b).max(initial=0.0) > 2e-4 * max(np.abs(b).max(initial=0.0), others):
                what = "the result" if not place else _gradient_name(single, place)
                fail(
                    Verdict.PRECISION,
                    f"{what} in float32 is far from that in float64 on {sample}: rearrange the "
                    f"formula so that digits do not cancel",
                )
    return "float32 and float64"


def saved_names(case: OpCase) -> str:
    """Let a rule that reads what it did not name find NaN there."""
    require_rules(case)
    for sample in case.samples:
        expected = OpCall(case.op, sample).gradients()
        call = OpCall(case.op, Sample(*[arg.copy() for arg in sample.args], **sample.attributes))
        if not call.out.requires_grad:
            continue
        spoilt = _spoil_unsaved(call)
        for leaf_gradient, kept, position in zip(
            call.gradients(), expected, call.positions, strict=True
        ):
            if not _is_close(np.asarray(leaf_gradient), np.asarray(kept), 1e-9):
                name = case.op.signature.input_name(position)
                fail(
                    Verdict.WRONG_RULE,
                    f"the rule for '{name}' reads {' or '.join(spoilt)} without asking for it by "
                    f"name: make it a parameter of the rule",
                    input=name,
                )
    return f"{len(case.samples)} samples"


def sparse(case: OpCase) -> str:
    """Compare a row-sparse gradient with its dense form, added up row after row."""
    count = 0
    for sample in case.samples:
        for position, gradient in zip(
            differentiable(case.op, sample), OpCall(case.op, sample).gradients(), strict=False
        ):
            if not isinstance(gradient, RowSparse):
                continue
            count += 1
            name = case.op.signature.input_name(position)
            rows = gradient.rows
            if not np.issubdtype(rows.dtype, np.integer) or (
                rows.size and (rows.min() < 0 or rows.max() >= gradient.shape[0])
            ):
                fail(
                    Verdict.WRONG_CONTRACT,
                    f"the row-sparse gradient of '{name}' names rows outside 0 … "
                    f"{gradient.shape[0] - 1} on {sample}",
                    input=name,
                )
            dense = naively_dense(gradient)
            twice = (gradient + gradient).to_dense()
            if not (_is_close(gradient.to_dense(), dense, 1e-9) and _is_close(twice, 2 * dense)):
                fail(
                    Verdict.WRONG_RULE,
                    f"the row-sparse gradient of '{name}' and its dense form differ on {sample}",
                    input=name,
                )
    if not count:
        raise SkippedError("no gradient is row-sparse")
    return f"{count} gradients"


def threads(case: OpCase) -> str:
    """Call it in several threads, each between another's forward and backward."""
    for sample in case.samples:
        samples = [
            derive.changed(sample, lambda a, f=1 + 0.01 * n: a * f)  # type: ignore[misc]
            for n in range(_THREADS)
        ]
        expected = [OpCall(case.op, each).outcome() for each in samples]
        found = _in_threads(case.op, samples)
        errors = [each for each in found if isinstance(each, Exception)]
        if errors:  # a broken barrier only says that another thread failed
            raise min(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError))
        for a, b in zip(found, expected, strict=True):
            assert not isinstance(a, Exception)
            if not all(_is_close(x, y, 1e-9) for x, y in zip(a, b, strict=True)):
                fail(
                    Verdict.NOT_DETERMINISTIC,
                    f"{_THREADS} threads at a time give other values than one on {sample}: keep "
                    f"no state outside the call",
                )
    return f"{_THREADS} threads"


def backends(case: OpCase) -> str:
    """Compare the NumPy and the Numba forms of the kernels."""
    if importlib.util.find_spec("numba") is None:
        raise SkippedError("numba is not installed: one backend")
    before = backend.get_backend()
    found: dict[backend.Backend, list[list[Array]]] = {}
    try:
        for name in ("numpy", "numba"):
            backend.set_backend(name)
            found[name] = [OpCall(case.op, sample).outcome() for sample in case.samples]
    finally:
        backend.set_backend(before)
    for sample, plain, fast in zip(case.samples, found["numpy"], found["numba"], strict=True):
        if not all(_is_close(a, b, 1e-9) for a, b in zip(fast, plain, strict=True)):
            fail(
                Verdict.WRONG_RULE,
                f"the numba backend gives other values than the numpy one on {sample}: one of the "
                f"two forms of a kernel is wrong",
            )
    return "numpy and numba"


def _in_threads(op: Op, samples: list[Sample]) -> list[list[Array] | Exception]:
    barrier = threading.Barrier(len(samples))
    found: list[list[Array] | Exception] = [[] for _ in samples]

    def work(number: int) -> None:
        try:
            with np.errstate(all="ignore"):
                call = OpCall(op, samples[number])
                barrier.wait(10)
                found[number] = call.outcome()
        except Exception as error:  # handed to the caller
            found[number] = error
            barrier.abort()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        workers = [threading.Thread(target=work, args=(n,)) for n in range(len(samples))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    return found


def _spoil_unsaved(call: OpCall) -> list[str]:
    """Overwrite the inputs and the result that no rule asked for; return their names."""
    assert call.out.node is not None
    asked = call.out.node.plan.names
    kept = call.saved_arrays()
    candidates = [(name, tensor.numpy()) for name, tensor in _named_inputs(call)]
    candidates.append(("out", call.out.numpy()))
    spoilt = []
    for name, array in candidates:
        is_kept = name in asked or any(np.shares_memory(array, other) for other in kept)
        if is_kept or not array.flags.writeable:
            continue
        spoilt.append(f"'{name}'")
        array[...] = np.nan if derive.is_float(array) else _other_values(array)
    return spoilt


def _named_inputs(call: OpCall) -> Iterable[tuple[str, Tensor]]:
    if call.op.signature.variadic:
        return [(call.op.inputs[0], tensor) for tensor in call.tensors]
    return zip(call.op.inputs, call.tensors, strict=True)


def _other_values(array: Array) -> Array:
    return ~array if array.dtype == bool else array.astype(array.dtype) * 0 - 1000


def _gradient_name(call: OpCall, place: int) -> str:
    return f"the gradient of '{call.op.signature.input_name(call.positions[place - 1])}'"


def _is_close(a: Array, b: Array, tolerance: float = 1e-9) -> bool:
    if a.shape != b.shape:
        return False
    if not derive.is_float(b):
        return bool(np.array_equal(a, b))
    largest = float(np.nanmax(np.abs(b), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(a - b) <= tolerance * largest) | (a == b) | np.isnan(b)).all())
