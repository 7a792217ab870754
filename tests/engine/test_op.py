"""Registering ops: what a record is, what its rules may ask for, and what is refused."""

import itertools

import numpy as np
import pytest

import tinygrad_w2v as tg

numbers = itertools.count()


def unique(name: str) -> str:
    """Registered names live as long as the process."""
    return f"{name}_{next(numbers)}"


def test_a_row_of_the_table_is_a_forward_and_a_rule_for_each_input():
    times = tg.op(
        lambda a, b: a * b, name=unique("times"), a=lambda g, b: g * b, b=lambda g, a: g * a
    )
    a, b = tg.tensor([2.0, 3.0], requires_grad=True), tg.tensor([5.0, 7.0], requires_grad=True)
    times(a, b).sum().backward()
    assert a.grad.tolist() == [5.0, 7.0]
    assert b.grad.tolist() == [2.0, 3.0]


def test_a_joint_rule_returns_a_gradient_for_each_input_it_covers():
    @tg.op(name=unique("affine"))
    def affine(x, w, b):
        return x * w + b

    @affine.backward("x", "w", "b")
    def _(g, needs, x, w):
        assert needs == (True, False, True)
        assert needs.x
        return g * w, None, g

    x, b = tg.tensor([2.0], requires_grad=True), tg.tensor([1.0], requires_grad=True)
    affine(x, tg.tensor([4.0]), b).backward()
    assert x.grad.tolist() == [4.0]
    assert b.grad.tolist() == [1.0]


def test_a_rule_is_given_out_residuals_shapes_and_attributes_by_name():
    seen = {}

    @tg.op(name=unique("everything"), residuals=True)
    def everything(x, *, scale=2.0):
        return x * scale, "kept"

    @everything.backward("x")
    def _(g, out, residuals, shapes, scale):
        seen.update(out=out, residuals=residuals, shapes=shapes, scale=scale)
        return g * scale

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    everything(x, scale=3.0).sum().backward()
    assert seen["out"].tolist() == [3.0, 6.0]
    assert seen["residuals"] == "kept"
    assert seen["shapes"].x == (2,)
    assert seen["scale"] == 3.0


def test_nothing_is_saved_but_what_the_wanted_rules_ask_for():
    a, b = tg.tensor([2.0], requires_grad=True), tg.tensor([3.0])
    assert (a * b).node.plan.names == ("b",)
    assert (b * a).node.plan.names == ("a",)
    assert (a + b).node.plan.names == ()
    assert np.exp(a).node.plan.names == ("out",)


def test_with_no_tensor_among_its_arguments_an_op_answers_with_an_array():
    result = tg.get_op("sigmoid")(np.zeros(2))
    assert isinstance(result, np.ndarray)
    assert isinstance(tg.get_op("sigmoid")(tg.tensor([0.0])), tg.Tensor)


def test_inputs_may_be_given_by_keyword_and_attributes_by_position():
    softmax, x = tg.get_op("softmax"), tg.tensor([[0.0, 0.0]])
    assert softmax(x=x, axis=0).tolist() == softmax(x, 0).tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f, x: f(x, axes=0), "softmax: no argument is named 'axes': did you mean axis?"),
        (lambda f, x: f(), "softmax: argument 'x' is missing"),
        (lambda f, x: f(x, x=x), "softmax: argument 'x' is given twice"),
        (lambda f, x: f(x, 0, 1, 2), r"softmax: takes 3 arguments \(x, axis, dtype\), got 4"),
    ],
)
def test_wrong_calls_name_the_argument(call, message):
    with pytest.raises(TypeError, match=message):
        call(tg.get_op("softmax"), tg.tensor([1.0]))


def test_a_rule_that_asks_for_something_unknown_is_refused_when_registered():
    with pytest.raises(TypeError, match="its rule for 'x' asks for 'y'; it can ask for x, out"):
        tg.op(lambda x: x, name=unique("asks"), x=lambda g, y: g)
    with pytest.raises(TypeError, match="asks for 'residuals'"):
        tg.op(lambda x: x, name=unique("asks"), x=lambda g, residuals: g)


def test_a_rule_for_something_that_is_no_input_is_refused():
    with pytest.raises(TypeError, match="a backward rule is given for 'z', its inputs are x"):
        tg.op(lambda x: x, name=unique("extra"), z=lambda g: g)


def test_reserved_names_are_refused():
    with pytest.raises(TypeError, match="the name 'out' has a meaning in rules; rename it"):
        tg.op(lambda out: out, name=unique("reserved"))


def test_keyword_catchalls_are_refused():
    with pytest.raises(TypeError, match="give each input a parameter"):
        tg.op(lambda x, **rest: x, name=unique("loose"))


def test_two_different_ops_cannot_have_one_name():
    name = unique("twice")
    tg.op(lambda x: x, name=name, x=lambda g: g)
    with pytest.raises(ValueError, match=f"an op named '{name}' is already registered"):
        tg.op(np.cos, name=name, x=lambda g: g)


def test_an_unknown_op_is_answered_with_near_names():
    with pytest.raises(KeyError, match="no op is named 'softmx': did you mean softmax"):
        tg.get_op("softmx")


def test_a_gradient_wanted_where_there_is_no_rule_is_refused():
    half = tg.op(lambda a, b: a * b, name=unique("half"), a=lambda g, b: g * b)
    with pytest.raises(TypeError, match=r"'b' requires a gradient.*pass b\.detach\(\)"):
        half(tg.tensor([1.0]), tg.tensor([1.0], requires_grad=True))


def test_an_op_of_any_number_of_inputs_has_one_rule_for_all():
    @tg.op(name=unique("total"))
    def total(*parts):
        return sum(parts)

    @total.backward("parts")
    def _(g, needs, parts):
        assert needs == (True, False, True)
        return [g * len(parts) if need else None for need in needs]

    a, c = tg.tensor([1.0], requires_grad=True), tg.tensor([1.0], requires_grad=True)
    total(a, np.ones(1, np.float32), c).backward()
    assert a.grad.tolist() == [3.0]


def test_a_users_ufunc_op_answers_numpy():
    tg.op(np.arctanh, name=unique("arctanh"), x=lambda g, x: g / (1 - x * x))
    x = tg.tensor([0.5], dtype=np.float64, requires_grad=True)
    np.arctanh(x).backward()
    assert x.grad.item() == pytest.approx(1 / (1 - 0.25))


def test_inputs_and_attributes_may_have_names_of_builtins():
    @tg.op(name=unique("names"))
    def scaled(list, isinstance, *, type=2.0, tuple=0.0, node=None, Tensor=1.0):
        return list * isinstance * type + tuple

    @scaled.backward("list")
    def _(g, shapes, isinstance, type, node, Tensor):
        assert shapes.list == (2,)
        return g * isinstance * type * Tensor

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(2):
        x.grad = None
        scaled(x, np.array([3.0, 1.0], np.float32), type=4.0).sum().backward()
        assert x.grad.tolist() == [12.0, 4.0]


def test_settings_with_and_without_defaults_may_follow_each_other():
    op = tg.op(lambda x, *, a=1.0, b, c=2.0, d: x * a * b * c * d, name=unique("mixed"))
    assert op(tg.tensor([1.0]), b=3.0, d=5.0).tolist() == [30.0]
    assert op(tg.tensor([1.0]), 2.0, 3.0, 1.0, 5.0).tolist() == [30.0]
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'd'"):
        op(tg.tensor([1.0]), b=3.0)


@pytest.mark.parametrize("kind", [TypeError, ValueError, IndexError])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_failing_forward_runs_once(kind, requires_grad):
    calls = []

    def forward(x, *, scale=1.0):
        calls.append(x)
        if len(calls) == 1:
            raise kind("the first call fails")
        return x * scale

    op = tg.op(forward, name=unique("fails_once"), x=lambda g, scale: g * scale)
    x = tg.tensor([1.0], requires_grad=requires_grad)
    with pytest.raises(kind, match="the first call fails"):
        op(x)
    assert len(calls) == 1


def test_failing_forward_runs_once_when_called_by_keyword_and_as_a_method():
    calls = []

    def forward(x, y, *, scale=1.0):
        calls.append(x)
        raise TypeError("no")

    op = tg.op(forward, name=unique("fails"), x=lambda g: g)
    x = tg.tensor([1.0], requires_grad=True)
    for call in (lambda: op(x, y=2.0), lambda: op(x, 2.0, 3.0), lambda: op(x, 2.0, scale=3.0)):
        calls.clear()
        with pytest.raises(TypeError, match=r"fails_.*: x float32 .*: no"):
            call()
        assert len(calls) == 1


@pytest.mark.parametrize("observer", [tg.profile, tg.detect_anomaly])
def test_constant_without_rule_can_be_called_under_no_grad_and_an_observer(observer):
    op = tg.op(lambda x: x * 2.0, name=unique("without_rule"))
    x = tg.tensor([1.0], requires_grad=True)
    with pytest.raises(TypeError, match="'x' requires a gradient, but the op has no backward rule"):
        op(x)
    with tg.no_grad(), observer():
        assert op(x).tolist() == [2.0]
    with tg.no_grad():
        assert op(x).tolist() == [2.0]


def scaled():
    return tg.op(lambda x, *, by=2.0: x * by, name=unique("scaled"), x=lambda g, by: g * by)


@pytest.mark.parametrize("x", [tg.tensor([3.0]), tg.tensor([3.0], requires_grad=True)])
def test_tensor_attribute_that_requires_a_gradient_is_refused(x):
    by = tg.tensor(4.0, requires_grad=True)
    message = (
        r"scaled_\d+: 'by' requires a gradient, but it is an attribute of the op, which has no "
        r"gradient: pass by.detach\(\) if it is a constant here"
    )
    for call in (lambda op: op(x, by=by), lambda op: op(x, by)):
        with pytest.raises(TypeError, match=message):
            call(scaled())


def test_tensor_attribute_without_gradient_is_used_as_its_values():
    x = tg.tensor([3.0], requires_grad=True)
    op = scaled()
    for by in (tg.tensor(4.0), tg.tensor([4.0])):
        y = op(x, by=by)
        assert y.tolist() == [12.0]
        assert not any(isinstance(value, tg.Tensor) for value in y.node.saved)
        assert tg.grad(y, x)[0].tolist() == [4.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: tg.ones(2) + tg.ones(3),
        lambda: tg.ones(2, 3) @ tg.ones(2, 3),
        lambda: tg.ones(4).view(3),
        lambda: tg.cat([tg.ones(2), tg.ones(1, 2)]),
    ],
)
def test_operands_that_do_not_fit_are_an_error_of_numpy_and_of_pytorch(call):
    with pytest.raises(ValueError, match=r"^\w+: .*\d") as error:
        call()
    assert isinstance(error.value, RuntimeError)
