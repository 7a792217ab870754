"""The checks of an op's contract: registration, purity, memory, dtypes, names, threads, backends.

Each check has the form of those in ``op_gradients``.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import registered_ops
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels import backend
from tinygrad_w2v.testing import derived_samples
from tinygrad_w2v.testing.checked_function import is_floating
from tinygrad_w2v.testing.op_case import OpCall, OpCase, SkippedError, differentiable
from tinygrad_w2v.testing.repeatability import is_same
from tinygrad_w2v.testing.report import Verdict

_CLOSE = 1e-9  # of the largest value: the effect of another layout, backend or thread
_THREADS = 4


def registration(case: OpCase) -> str:
    """Require the op in the registry, samples, and rules for floating inputs."""
    op, fault = case.op, ""
    if registered_ops().get(op.name) is not op:
        fault = (
            f"the registry does not hold this op under the name {op.name}: make it with "
            f"tinygrad_w2v.op(...) and a name of its own"
        )
    elif not case.samples:
        fault = (
            f"{op.name} has no samples, so nothing can be checked: register it with "
            f"samples=lambda rng: [Sample(...), ...], or pass opcheck(op, samples=...)"
        )
    elif op.rules and not any(differentiable(op, sample) for sample in case.samples):
        fault = (
            f"{op.name} has rules for {', '.join(op.rules)}, but no sample has one of them as a "
            f"floating array: pass arrays of floats"
        )
    if fault:
        Verdict.WRONG_CONTRACT.fail(fault)
    for place, name in enumerate(op.inputs):
        if (op.rules and name not in op.rules) and any(
            is_floating(arg) for sample in case.samples for arg in sample.args[place : place + 1]
        ):
            case.notes.append(f"no rule for the floating input '{name}': it is a constant")
    return f"{len(case.samples)} samples"


def purity(case: OpCase) -> str:
    """Require a repeatable forward, unchanged inputs, and float64 out of float64."""
    for sample in case.samples:
        copy = Sample(*[arg.copy() for arg in sample.args], **sample.attributes)
        first = OpCall(case.op, copy)
        for position, (arg, saved) in enumerate(zip(copy.args, sample.args, strict=True)):
            if not is_same(arg, saved, 0.0):
                name = case.op.signature.input_name(position)
                Verdict.MUTATES_INPUT.fail(
                    f"the forward changes '{name}' in place on {sample}: work on a copy", input=name
                )
        a, b = array_of(first.out), array_of(OpCall(case.op, copy).out)
        if not is_same(a, b, 0.0):
            Verdict.NOT_DETERMINISTIC.fail(
                f"a second call on {sample} returns other values: draw random numbers outside and "
                f"keep no state between calls"
            )
        if first.leaves and first.out.dtype == np.float32 and "dtype" not in sample.attributes:
            Verdict.WRONG_CONTRACT.fail(
                f"the forward returns float32 for float64 inputs on {sample}: keep the inputs' "
                f"dtype"
            )
    return f"{len(case.samples)} samples twice"


def sparse(case: OpCase) -> str:
    """Compare row-sparse gradients with their dense form, added row by row."""
    count = 0
    for sample in case.samples:
        call = OpCall(case.op, sample)
        for number, gradient in enumerate(call.gradients()):
            if not isinstance(gradient, RowSparse):
                continue
            count += 1
            name, rows = call.input_name(number), gradient.rows
            if not np.issubdtype(rows.dtype, np.integer) or (
                rows.size and (rows.min() < 0 or rows.max() >= gradient.shape[0])
            ):
                Verdict.WRONG_CONTRACT.fail(
                    f"the row-sparse gradient of '{name}' has rows outside 0 … "
                    f"{gradient.shape[0] - 1} on {sample}",
                    input=name,
                )
            dense = np.zeros(gradient.shape, gradient.dtype)
            np.add.at(dense, rows, np.asarray(gradient.values))
            twice = (gradient + gradient).to_dense()
            if not (is_same(gradient.to_dense(), dense, _CLOSE) and is_same(twice, 2 * dense)):
                Verdict.WRONG_RULE.fail(
                    f"the row-sparse gradient of '{name}' and its dense form differ on {sample}",
                    input=name,
                )
    if not count:
        raise SkippedError("no gradient is row-sparse")
    return f"{count} gradients"


def layouts(case: OpCase) -> str:
    """Compare results and gradients in several memory layouts of inputs and cotangent."""
    for sample in case.samples:
        expected = OpCall(case.op, sample).outcome()
        for name, layout in derived_samples.LAYOUTS.items():
            call = OpCall(case.op, derived_samples.laid_out(sample, layout))
            place = _differs(call.outcome(layout(call.cotangent())), expected)
            if place is not None:
                Verdict.WRONG_RULE.fail(
                    f"{call.outcome_name(place)} differs when the inputs' memory is {name}, on "
                    f"{sample}: use no strides, and no reshape or view that requires contiguous "
                    f"memory"
                )
    return f"{len(derived_samples.LAYOUTS)} layouts"


def precisions(case: OpCase) -> str:
    """Require float32 out of float32, and gradients close to those of float64."""
    for sample in case.samples:
        if "dtype" in sample.attributes or not any(map(is_floating, sample.args)):
            continue
        single, double = (
            OpCall(case.op, derived_samples.changed(sample, lambda a, t=dtype: a.astype(t)))  # type: ignore[misc]
            for dtype in (np.float32, np.float64)
        )
        if single.out.dtype.kind == "f" and single.out.dtype != np.float32:
            Verdict.WRONG_CONTRACT.fail(
                f"the forward returns {single.out.dtype} for float32 inputs on {sample}: it uses a "
                f"float64 constant or array"
            )
        for call in (single, double):
            for name, gradient in call.rule_results():
                if gradient.dtype != call.out.dtype:
                    Verdict.WRONG_CONTRACT.fail(
                        f"the rule for '{name}' returns {gradient.dtype} for {call.out.dtype} "
                        f"inputs on {sample}: it uses a constant or array of another dtype",
                        input=name,
                    )
        if not single.leaves:
            continue
        expected = double.outcome()
        # A gradient that is summed over a broadcast axis may cancel: it gets part of the others'.
        others = 0.05 * max(float(np.abs(each).max(initial=0.0)) for each in expected)
        for place, (a, b) in enumerate(zip(single.outcome(), expected, strict=True)):
            if np.abs(a - b).max(initial=0.0) > 2e-4 * max(np.abs(b).max(initial=0.0), others):
                Verdict.PRECISION.fail(
                    f"{single.outcome_name(place)} in float32 is far from that in float64 on "
                    f"{sample}: rearrange the formula so that digits do not cancel"
                )
    return "float32 and float64"


def saved_names(case: OpCase) -> str:
    """Overwrite with NaN what no rule names, and require the same gradients."""
    case.require_rules()
    for sample in case.samples:
        expected = OpCall(case.op, sample).gradients()
        call = OpCall(case.op, Sample(*[arg.copy() for arg in sample.args], **sample.attributes))
        if not call.out.requires_grad:
            continue
        overwritten = _overwrite_unsaved(call)
        for number, (a, b) in enumerate(zip(call.gradients(), expected, strict=True)):
            if not is_same(array_of(a), array_of(b), _CLOSE):
                name = call.input_name(number)
                Verdict.WRONG_RULE.fail(
                    f"the rule for '{name}' reads {' or '.join(overwritten)} without naming it: "
                    f"make it a parameter of the rule",
                    input=name,
                )
    return f"{len(case.samples)} samples"


def threads(case: OpCase) -> str:
    """Call the op in several threads, each between another's forward and backward."""
    for sample in case.samples:
        samples = [
            derived_samples.changed(sample, lambda a, f=1 + 0.01 * n: a * f)  # type: ignore[misc]
            for n in range(_THREADS)
        ]
        expected = [OpCall(case.op, each).outcome() for each in samples]
        pairs = zip(_in_threads(case.op, samples), expected, strict=True)
        if any(_differs(a, b) is not None for a, b in pairs):
            Verdict.NOT_DETERMINISTIC.fail(
                f"{_THREADS} concurrent threads return other values than one on {sample}: keep no "
                f"state outside the call"
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
    for sample, plain, compiled in zip(case.samples, found["numpy"], found["numba"], strict=True):
        if _differs(compiled, plain) is not None:
            Verdict.WRONG_RULE.fail(
                f"the numba backend returns other values than the numpy backend on {sample}: one "
                f"of the two forms of a kernel is wrong"
            )
    return "numpy and numba"


def _differs(found: Sequence[Array], expected: Sequence[Array]) -> int | None:
    """Return the first place at which two outcomes differ, or None."""
    pairs = zip(found, expected, strict=True)
    return next((k for k, (a, b) in enumerate(pairs) if not is_same(a, b, _CLOSE)), None)


def _in_threads(op: Op, samples: list[Sample]) -> list[list[Array]]:
    """Return the outcome of each sample; all forwards precede the first backward."""
    barrier = threading.Barrier(len(samples))

    def outcome(sample: Sample) -> list[Array]:
        try:
            with np.errstate(all="ignore"):
                call = OpCall(op, sample)
                barrier.wait(10)
                return call.outcome()
        except Exception:
            barrier.abort()
            raise

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(samples)) as pool:
            calls = [pool.submit(outcome, sample) for sample in samples]
    finally:
        sys.setswitchinterval(interval)
    errors = [error for call in calls if (error := call.exception()) is not None]
    if errors:  # a broken barrier only means that another thread failed
        raise min(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError))
    return [call.result() for call in calls]


def _overwrite_unsaved(call: OpCall) -> list[str]:
    """Overwrite the inputs and the result that no rule names; return their names."""
    assert call.out.node is not None
    saved_names, saved = call.out.node.plan.names, call.saved_arrays()
    names = call.op.inputs
    if call.op.signature.variadic:
        names = names[:1] * len(call.tensors)
    overwritten = []
    for name, tensor in zip((*names, "out"), (*call.tensors, call.out), strict=True):
        array = array_of(tensor)
        is_saved = name in saved_names or any(np.shares_memory(array, other) for other in saved)
        if is_saved or not array.flags.writeable:
            continue
        overwritten.append(f"'{name}'")
        array[...] = (
            np.nan if is_floating(array) else ~array if array.dtype == bool else array * 0 - 1000
        )
    return overwritten
