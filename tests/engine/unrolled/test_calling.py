"""The generated call of an op: argument kinds that the samples do not cover."""

import contextlib
import functools
import os
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine import unrolled
from tinygrad_w2v.engine.grad_mode import ACTIVE
from tinygrad_w2v.engine.tensor import array_of

X = tg.tensor(np.array([[1.0, 2.0]]), requires_grad=True)
C = tg.tensor(np.array([3.0, 4.0]))


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, tuple):
        assert a == b
        return
    assert np.array_equal(array_of(a), array_of(b))
    if isinstance(a, tg.Tensor):
        assert a.requires_grad == b.requires_grad
        assert (a.node is None) == (b.node is None)
        if a.node is not None:
            for name in ("next_functions", "version", "call", "shape", "dtype"):
                assert getattr(a.node, name) == getattr(b.node, name), name
            for left, right in zip(a.node.saved, b.node.saved, strict=True):
                same(left, right)


def both(call):
    """Hold the generated call to the reference."""
    unrolled.install()
    accelerated = call()
    with unrolled.disabled():
        same(accelerated, call())


@pytest.mark.parametrize("name", ["negative", "exp", "tanh", "sign", "absolute"])
@pytest.mark.parametrize("x", [X, C, C.detach().numpy(), 2.0])
def test_one_input(name, x):
    op = tg.get_op(name)
    both(lambda: op(x))


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "less", "maximum", "matmul"])
@pytest.mark.parametrize("a", [X, C, C.detach().numpy(), tg.nn.Parameter(np.ones((1, 2)))])
@pytest.mark.parametrize("b", [C, tg.nn.Parameter(np.ones(2)), np.ones(2), np.ones(2, np.float32)])
@pytest.mark.parametrize("in_context", [False, True])
def test_two_inputs(name, a, b, in_context):
    op = tg.get_op(name)
    with recording_in_a_context() if in_context else contextlib.nullcontext():
        both(lambda: op(a, b))


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "maximum", "power"])
@pytest.mark.parametrize(
    "a", [X, C, C.detach().numpy(), tg.tensor(np.array(2.0), requires_grad=True)]
)
@pytest.mark.parametrize("b", [2.0, 3, True, np.float64(2), np.array(2.0), [1.0, 2.0]])
def test_numbers_and_lists(name, a, b):
    op = tg.get_op(name)
    both(lambda: op(a, b))


@contextlib.contextmanager
def recording_in_a_context():
    with tg.no_grad(), tg.enable_grad():
        yield


@pytest.mark.parametrize("x", [X, C, C.detach().numpy()])
@pytest.mark.parametrize("settings", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}])
def test_attributes(x, settings):
    for name in ("sum", "mean", "amax"):
        op = tg.get_op(name)
        both(functools.partial(op, x, **settings))


def test_attributes_by_position_and_inputs_by_name():
    op = tg.get_op("sum")
    both(lambda: op(X, -1))
    both(lambda: op(x=X))


@pytest.mark.parametrize("x", [X, C, C.detach().numpy()])
@pytest.mark.parametrize("weight", [tg.nn.Parameter(np.ones((3, 2))), np.ones((3, 2))])
@pytest.mark.parametrize("bias", [tg.nn.Parameter(np.ones(3)), np.ones(3), [1.0, 1.0, 1.0]])
@pytest.mark.parametrize("in_context", [False, True])
def test_three_inputs(x, weight, bias, in_context):
    op = tg.op(
        lambda x, weight, bias: x @ np.transpose(weight) + np.asarray(bias),
        name="doc_three_inputs",
        x=lambda g, weight: g @ weight,
        weight=lambda g, x: np.reshape(g, (-1, 3)).T @ np.reshape(x, (-1, 2)),
        bias=lambda g: np.reshape(g, (-1, 3)).sum(0),
    )
    with recording_in_a_context() if in_context else contextlib.nullcontext():
        both(lambda: op(x, weight, bias))


@pytest.mark.parametrize("table", [X, C.detach().numpy().reshape(1, 2)])
@pytest.mark.parametrize("left", [np.array([0, 1]), [0, 1]])
def test_a_table_and_index_arrays(table, left):
    op = tg.get_op("embedding_window")
    arguments = table, np.array([0, 0]), left, np.array([1, 0])
    both(lambda: op(*arguments))


def test_under_no_grad():
    with tg.no_grad():
        for name, args in (
            ("multiply", (X, C)),
            ("multiply", (X, C.detach().numpy())),
            ("multiply", (X, X)),
            ("exp", (X,)),
        ):
            op = tg.get_op(name)
            both(functools.partial(op, *args))
            assert not op(*args).requires_grad


def test_failure_has_the_same_message():
    with pytest.raises(ValueError, match=r"add: shapes \(1, 2\) and \(3,\) do not broadcast"):
        tg.get_op("add")(X, np.ones(3))


def test_observers_see_the_calls():
    with tg.profile() as profile:
        tg.get_op("add")(X, C)
        tg.get_op("exp")(X)
    assert set(profile.totals) == {"add", "exp"}


def test_contexts_leave_nothing_active():
    before = len(ACTIVE)
    with tg.profile(), tg.no_grad(), tg.profile():
        assert len(ACTIVE) == before + 3
    assert len(ACTIVE) == before


def test_later_rule_is_used():
    op = tg.op(lambda x, y: x * y, name="fast_call_later", x=lambda g, y: g * y)
    op(X, 2.0)
    op.backward("x")(lambda g, y: g * y * 10)
    assert tg.grad(op(X, 2.0).sum(), X)[0].tolist() == [[20.0, 20.0]]


def test_held_call_uses_the_later_rule():
    op = tg.op(lambda x, y: x * y, name="fast_call_held")
    op.backward("x")(lambda g, y: g * y)
    held = unrolled.call_of(op)
    assert tg.grad(held(X, 2.0).sum(), X)[0].tolist() == [[2.0, 2.0]]
    op.backward("x")(lambda g, y: g * y * 10)
    op.backward("y")(lambda g: g)
    for y in (2.0, tg.tensor(np.array([[2.0, 2.0]]), requires_grad=True)):
        assert tg.grad(held(X, y).sum(), X)[0].tolist() == [[20.0, 20.0]]


def test_tracebacks_show_generated_source():
    def fail(g):
        raise ZeroDivisionError("inside a rule")

    op = tg.op(lambda x: x * 1, name="fast_call_failing", x=fail)
    with pytest.raises(ZeroDivisionError) as raised:
        op(X).sum().backward()
    lines = [str(entry.statement) for entry in raised.traceback]
    assert any("_rule0(_g)" in line for line in lines)


def test_graph_recorded_by_both_forms_is_walked():
    x = tg.tensor([2.0], requires_grad=True)
    unrolled.install()
    y = x * x
    with unrolled.disabled():
        z = y * x
    (z * y).sum().backward()
    assert x.grad.tolist() == [5 * 2.0**4]


def test_environment_turns_it_off():
    code = "import tinygrad_w2v; from tinygrad_w2v.engine import unrolled; "
    code += "print(unrolled.is_installed())"
    for value, expected in (("0", "False"), ("1", "True")):
        environment = {**os.environ, "TINYGRAD_W2V_UNROLLED": value}
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == expected


def test_observed_calls_take_a_dtype():
    mask = tg.tensor([True, False])
    with tg.profile():
        assert mask.astype(np.float64).dtype == np.float64
