"""Optimizers: row-sparse gradients, steps computed by hand, groups and state."""

from __future__ import annotations

import inspect
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_w2v import RowSparse, nn, no_grad, optim, tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.hyperparameters import Alpha

ALL: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1},
    "Adagrad": {"lr": 0.1},
    "RMSprop": {"lr": 0.01},
    "Adam": {"lr": 0.05},
    "AdamW": {"lr": 0.05},
    "Adamax": {"lr": 0.05},
    "NAdam": {"lr": 0.05},
    "Lion": {"lr": 0.01},
    "RAdam": {"lr": 0.05},
    "Adadelta": {"lr": 1.0},
    "ASGD": {"lr": 0.1, "lambd": 0.0},
    "Rprop": {"lr": 0.01},
}

EXACT: list[tuple[str, dict[str, Any]]] = [
    *ALL.items(),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "clip_row": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "clip_row": 0.05}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "rowwise": True}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    ("Lion", {"lr": 0.01, "weight_decay": 0.1}),
]
LAZY = [(name, s) for name, s in ALL.items() if name not in ("SGD", "Adagrad", "AdamW")]
LAZY.append(("AdamW", {"lr": 0.05, "weight_decay": 0.0}))


def row_sparse(rng: np.random.Generator, rows: int = 4, height: int = 7) -> RowSparse:
    return RowSparse(rng.integers(height, size=rows), rng.normal(size=(rows, 3)), (height, 3))


def make(name: str, parameter: Any, **settings: Any) -> optim.Optimizer:
    made: optim.Optimizer = getattr(optim, name)([parameter], **settings)
    return made


# --- row-sparse gradients ------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), EXACT)
@given(seed=st.integers(0, 1000), rows=st.integers(0, 12))
@settings(max_examples=8, deadline=None)
def test_exact_matches_dense_trajectory(
    name: str, options: dict[str, Any], seed: int, rows: int
) -> None:
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(7, 3))
    sparse, dense = nn.Parameter(start.copy()), nn.Parameter(start.copy())
    sparse_optimizer, dense_optimizer = make(name, sparse, **options), make(name, dense, **options)
    for _ in range(5):
        gradient = row_sparse(rng, rows)
        sparse.grad, dense.grad = gradient, tensor(gradient.to_dense())
        sparse_optimizer.step()
        dense_optimizer.step()
        np.testing.assert_allclose(
            sparse.detach().numpy(), dense.detach().numpy(), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize(("name", "options"), LAZY)
def test_lazy_matches_dense_on_touched_rows(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(7, 3))
    lazy, dense = nn.Parameter(start.copy()), nn.Parameter(start[[1, 4]].copy())
    lazy_optimizer: Any = make(name, lazy, **options, sparse="lazy")
    dense_optimizer = make(name, dense, **options)
    for _ in range(5):
        values = rng.normal(size=(3, 3))
        lazy.grad = RowSparse(np.array([4, 1, 4]), values, (7, 3))
        dense.grad = tensor(np.stack([values[1], values[0] + values[2]]))
        lazy_optimizer.step()
        dense_optimizer.step()
    np.testing.assert_allclose(lazy.detach().numpy()[[1, 4]], dense.detach().numpy(), rtol=1e-12)
    untouched = [0, 2, 3, 5, 6]
    np.testing.assert_array_equal(lazy.detach().numpy()[untouched], start[untouched])
    for name_of_array, array in lazy_optimizer.state[lazy].items():
        if name_of_array in lazy_optimizer.arrays and name_of_array != "step_size":
            assert not np.asarray(array)[untouched].any()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9}, r"SGD: momentum is 0.9 .* would not keep moving"),
        ("SGD", {"lr": 0.1, "weight_decay": 0.1}, r"weight_decay is 0.1 .* would not decay"),
        ("Adagrad", {"weight_decay": 0.1}, r"use sparse='exact' or weight_decay=0"),
        ("RMSprop", {"momentum": 0.9}, r"RMSprop: momentum is 0.9 and sparse is 'lazy'"),
        ("AdamW", {}, r"AdamW: weight_decay is 0.01 and sparse is 'lazy'"),
        ("Adamax", {"weight_decay": 0.1}, r"would not decay"),
        ("NAdam", {"weight_decay": 0.1}, r"would not decay"),
        ("Lion", {"weight_decay": 0.1}, r"would not decay"),
    ],
)
def test_lazy_refuses_decay_and_momentum(name: str, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(name, nn.Parameter(np.ones((2, 2))), **options, sparse="lazy")


def test_table_larger_than_block_is_updated_whole() -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(5000, 7)).astype(np.float32)
    whole, parts = nn.Parameter(start.copy()), [nn.Parameter(row.copy()) for row in start[:3]]
    gradient = rng.normal(size=start.shape).astype(np.float32)
    of_whole, of_parts = optim.Adam([whole], lr=0.1), optim.Adam(parts, lr=0.1)
    whole.grad = tensor(gradient)
    for place, part in enumerate(parts):
        part.grad = tensor(gradient[place])
    of_whole.step()
    of_parts.step()
    np.testing.assert_allclose(
        whole.detach().numpy()[:3], np.stack([p.detach().numpy() for p in parts]), rtol=1e-6
    )
    assert (whole.detach().numpy() != start).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {}),
        ("SGD", {"clip_row": 0.1}),
        ("Adagrad", {}),
        ("Adagrad", {"rowwise": True}),
        ("SparseAdam", {}),
        ("RMSprop", {"sparse": "lazy"}),
    ],
)
def test_memory_sparse_optimizer_step_is_independent_of_table(
    name: str, options: dict[str, Any]
) -> None:
    peaks = []
    for height in (1_000, 200_000):
        weight = nn.Parameter(np.zeros((height, 2), np.float32))
        optimizer = make(name, weight, lr=0.1, **options)
        rows = np.arange(600) % 500
        for _ in range(2):  # the first step creates the state
            weight.grad = RowSparse(rows, np.ones((600, 2), np.float32), weight.shape)
            tracemalloc.start()
            optimizer.step()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[3] < 1.2 * peaks[1]


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4), (0, 3)])
@pytest.mark.parametrize(("name", "options"), ALL.items())
def test_any_shape_and_layout_is_updated(
    name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    ordered, transposed = nn.Parameter(values.copy()), nn.Parameter(values.T.copy().T)
    for parameter in (ordered, transposed):
        parameter.grad = tensor(np.ones(shape))
        make(name, parameter, **options).step()
    assert ordered.shape == shape
    assert (ordered.detach().numpy() < values).all()
    np.testing.assert_allclose(transposed.detach().numpy(), ordered.detach().numpy())


# --- steps computed by hand ----------------------------------------------------------------------


def test_lion_steps_along_sign_of_mean() -> None:
    w = nn.Parameter(np.array([1.0, 1.0]))
    optimizer = optim.Lion([w], lr=0.1, betas=(0.9, 0.5), weight_decay=0.5)
    for gradient in ([2.0, -1.0], [-1.0, -1.0]):
        w.grad = tensor(np.array(gradient))
        optimizer.step()
    # First: decay to 0.95, step ∓0.1; means (1, −0.5). Second: decay by 0.95 again, directions
    # sign(0.9 − 0.1) = 1 and sign(−0.45 − 0.1) = −1.
    np.testing.assert_allclose(w.detach().numpy(), [0.85 * 0.95 - 0.1, 1.05 * 0.95 + 0.1])


def test_rowwise_adagrad_has_one_sum_per_row() -> None:
    w = nn.Parameter(np.zeros((2, 2)))
    optimizer = optim.Adagrad([w], lr=1.0, rowwise=True)
    w.grad = tensor(np.array([[3.0, 1.0], [0.0, 0.0]]))
    optimizer.step()
    assert np.asarray(optimizer.state[w]["sum"]).ravel().tolist() == [5.0, 0.0]  # (9 + 1) / 2
    np.testing.assert_allclose(w.detach().numpy()[0], [-3 / 5**0.5, -1 / 5**0.5])


def test_clip_row_limits_step_of_each_row() -> None:
    w = nn.Parameter(np.zeros((3, 2)))
    w.grad = RowSparse(np.array([0, 2, 0]), np.array([[3.0, 0.0], [0.3, 0.4], [0.0, 4.0]]), (3, 2))
    optim.SGD([w], lr=1.0, clip_row=1.0).step()
    np.testing.assert_allclose(w.detach().numpy(), [[-0.6, -0.8], [0.0, 0.0], [-0.3, -0.4]])


# --- groups, closures, accumulation --------------------------------------------------------------


def test_groups_have_their_own_hyperparameters() -> None:
    a, b = nn.Parameter(np.ones(1)), nn.Parameter(np.ones(1))
    optimizer = optim.SGD([{"params": [a]}, {"params": {"b": b}.items(), "lr": 1.0}], lr=0.5)
    a.grad = b.grad = tensor(np.ones(1))
    optimizer.step()
    assert (a.item(), b.item()) == (0.5, 0.0)
    assert [group.get("param_names") for group in optimizer.param_groups] == [None, ["b"]]
    optimizer.param_groups[0]["lr"] = 2.0
    optimizer.step()
    assert a.item() == -1.5


def test_groups_take_keys_that_are_not_hyperparameters() -> None:
    w = nn.Parameter(np.ones(1))
    optimizer = optim.SGD([{"params": [w], "layer": "head"}, {"params": []}], lr=0.5)
    assert optimizer.param_groups[0]["layer"] == "head"
    assert "Parameter Group 0\n    clip_row: None\n" in repr(optimizer)


def test_zero_grad_sets_none_or_zeros() -> None:
    w, table = nn.Parameter(np.ones(2)), nn.Parameter(np.ones((7, 3)))
    optimizer = optim.SGD([w, table], lr=0.5)
    w.grad, table.grad = tensor(np.ones(2)), row_sparse(np.random.default_rng(0))
    gradient = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is gradient
    assert not np.asarray(gradient).any()
    assert not np.asarray(table.grad).any()
    optimizer.zero_grad()
    assert w.grad is table.grad is None


def test_parameter_twice_in_group_is_updated_twice() -> None:
    w = nn.Parameter(np.ones(1))
    with pytest.warns(UserWarning, match=r"parameter '1' is in the group already, as '0'"):
        optimizer = optim.SGD([w, w], lr=0.25)
    w.grad = tensor(np.ones(1))
    optimizer.step()
    assert w.item() == 0.5


def test_rate_of_zero_changes_nothing() -> None:
    w = nn.Parameter(np.ones(1))
    w.grad = tensor(np.ones(1))
    optim.Adam([w], lr=0).step()
    assert w.item() == 1.0


def test_step_hooks_are_called() -> None:
    w = nn.Parameter(np.ones(1))
    optimizer = optim.SGD([w], lr=0.5)
    calls: list[str] = []
    before = optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    optimizer.register_step_post_hook(lambda *_: calls.append("after"))
    optimizer.step()
    before.remove()
    optimizer.step()
    assert calls == ["before", "after", "after"]


def test_optimizer_with_step_of_its_own() -> None:
    class Descent(optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.5) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for parameter in group["params"]:
                    state = self.state[parameter]
                    state["count"] = state.get("count", 0) + 1
                    with no_grad():
                        parameter[...] = parameter - group["lr"] * parameter.grad

    w = nn.Parameter(np.ones(1))
    optimizer, resumed = Descent([w]), Descent([w])
    w.grad = tensor(np.ones(1))
    optimizer.step()
    assert w.item() == 0.5
    resumed.load_state_dict(optimizer.state_dict())
    assert resumed.state == {w: {"count": 1}}


def test_closure_runs_in_grad_mode_and_returns_loss() -> None:
    model, x = nn.Linear(2, 1), np.ones((1, 2), np.float32)
    optimizer = optim.SGD(model, lr=0.1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(2)]
    assert losses[1] < losses[0]


def test_gradients_accumulate_over_parts_of_batch() -> None:
    x = np.random.default_rng(0).normal(size=(6, 3))
    whole, parts = nn.Linear(3, 2, rng=0, dtype=float), nn.Linear(3, 2, rng=0, dtype=float)
    whole(x).sum().backward()
    for part in np.split(x, 3):
        parts(part).sum().backward()
    for model in (whole, parts):
        optim.Adam(model, lr=0.1).step()
    np.testing.assert_allclose(parts.weight.detach().numpy(), whole.weight.detach().numpy())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: optim.SGD([], lr=0.1), r"needs parameters, it got none"),
        (lambda w: optim.SGD([3.0], lr=0.1), r"updates tensors, it got a float: pass model.param"),
        (
            lambda w: optim.SGD([{"params": [w]}, {"params": w}], lr=0.1),
            r"parameter '1' was already added as '0': put it",
        ),
        (lambda w: optim.SGD([w * 2]), r"parameter '0' is the result of 'multiply': an optim"),
        (lambda w: optim.SGD([w, ("b", w)]), r"some parameters of the group have names, others"),
        (lambda w: optim.SGD([w], lr=-1), r"lr is -1: it must be a number of at least 0"),
        (lambda w: optim.SGD([w], lr="0.1"), r"lr is '0.1': it must be a number of at least 0"),
        (lambda w: optim.SGD([w], foreach=True), r"foreach is True: there is one implementation"),
        (lambda w: optim.Rprop([w], etas=(1.2, 0.5)), r"etas is \(1.2, 0.5\): it must be two numb"),
        (lambda w: optim.Rprop([w], step_sizes=1), r"step_sizes is 1: it must be two numbers"),
        (lambda w: optim.LBFGS([w], line_search_fn="wolf"), r"use 'strong_wolfe' or None"),
        (lambda w: optim.LBFGS([w]).step(), r"LBFGS.step needs a closure"),
        (lambda w: optim.SGD([w], lr=1, nesterov=True), r"nesterov needs momentum above 0"),
        (lambda w: optim.SGD([w], lr=1, clip_row=0), r"clip_row is 0: it must be above 0"),
        (lambda w: optim.Adam([w], betas=(0.9, 1.0)), r"betas is \(0.9, 1.0\): both must be"),
        (lambda w: optim.Adam([w], betas=0.9), r"betas is 0.9: it must be two numbers"),
        (lambda w: optim.Adam([w], eps=0.0), r"eps is 0.0: it must be a number above 0"),
        (lambda w: optim.Adam([w], sparse="lzy"), r"sparse is 'lzy': .*did you mean lazy"),
        (
            lambda w: optim.Adam([{"params": [w], "beta": 1}]),
            r"no hyperparameter 'beta': did you mean be",
        ),
    ],
)
def test_hyperparameters_are_checked_by_constructor(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(nn.Parameter(np.ones((2, 2))))


def test_docstring_describes_every_argument_with_its_default() -> None:
    for name in (*ALL, "SparseAdam"):
        optimizer = getattr(optim, name)
        for argument, parameter in inspect.signature(optimizer).parameters.items():
            has_default = parameter.default is not parameter.empty
            entry = f"{argument} : default {parameter.default!r}" if has_default else argument
            assert f"\n{entry}\n    " in optimizer.__doc__


def test_user_optimizer_is_checked_and_described_by_annotations() -> None:
    class Signed(optim.BlockwiseOptimizer):
        """Steps along the gradient's sign."""

        def __init__(
            self, params: Any, lr: Any, alpha: Alpha = 0.5, eps: float = 1.0, sparse: str = "lazy"
        ) -> None:
            super().__init__(params, locals())

    assert Signed.__doc__ is not None
    assert "alpha : default 0.5\n    Decay rate of the moving averages." in Signed.__doc__
    w = nn.Parameter(np.ones(2))
    assert Signed([w], 0.1).defaults == {"lr": 0.1, "alpha": 0.5, "eps": 1.0, "sparse": "lazy"}
    for wrong in ({"alpha": 2}, {"eps": 0}, {"sparse": "lzy"}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} is "):
            Signed([w], 0.1, **wrong)  # type: ignore[arg-type]


class Declared(optim.BlockwiseOptimizer, declared=True):
    """Steps along the gradient's sign."""

    lr: float = 0.5
    alpha: Alpha = 0.5
    sparse: str = "lazy"

    def rule(self, c: Any, values: Any, gradient: Any, scratch: Any, state: Any) -> None:
        values -= c["lr"] * np.sign(gradient)


def test_fields_of_declared_optimizer_are_its_arguments() -> None:
    w = nn.Parameter(np.ones(2))
    optimizer = Declared([w], alpha=0.25)
    assert optimizer.defaults == {"maximize": False, "lr": 0.5, "alpha": 0.25, "sparse": "lazy"}
    assert optimizer.spec()["alpha"] == 0.25
    assert "alpha : default 0.5\n    Decay rate of the moving averages." in (Declared.__doc__ or "")
    w.grad = tensor(np.array([3.0, -1.0]))
    optimizer.step()
    assert w.detach().numpy().tolist() == [0.5, 1.5]
    with pytest.raises(InputError, match="alpha is 2: it must be a number from 0 to 1"):
        Declared([w], alpha=2)


# --- state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), ALL.items())
def test_restored_state_continues_trajectory(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    model, other = nn.Linear(3, 2, rng=0), nn.Linear(3, 2, rng=1)
    optimizer, resumed = (
        getattr(optim, name)(model, **options),
        getattr(optim, name)(other, **options),
    )
    steps = rng.normal(size=(6, 5, 3)).astype(np.float32)
    for x in steps[:3]:
        _train(model, optimizer, x)
    other.load_state_dict(model.state_dict())
    resumed.load_state_dict(optimizer.state_dict())
    for x in steps[3:]:
        _train(model, optimizer, x)
        _train(other, resumed, x)
    np.testing.assert_array_equal(other.weight.detach().numpy(), model.weight.detach().numpy())


def _train(model: Any, optimizer: Any, x: Any) -> None:
    optimizer.zero_grad()
    (model(x) ** 2).sum().backward()
    optimizer.step()


def test_state_is_matched_by_parameter_name() -> None:
    model = nn.Linear(3, 2)
    optimizer = optim.Adam(model.named_parameters())
    _train(model, optimizer, np.ones((1, 3), np.float32))
    saved = optimizer.state_dict()
    assert list(saved["state"]) == saved["param_groups"][0]["params"] == [0, 1]
    assert saved["param_groups"][0]["param_names"] == ["weight", "bias"]
    other = optim.Adam(reversed(list(model.named_parameters())))
    other.load_state_dict(saved)
    assert other.state[model.bias]["exp_avg"].shape == (2,)


def test_state_of_another_model_is_refused() -> None:
    model, other = nn.Linear(3, 2), nn.Linear(3, 4)
    optimizer = optim.Adam(model)
    _train(model, optimizer, np.ones((1, 3), np.float32))
    saved = optimizer.state_dict()
    with pytest.raises(InputError, match=r"'exp_avg' has shape \(2, 3\), the .* is \(4, 3\)"):
        optim.Adam(other).load_state_dict(saved)
    saved["state"][2] = saved["state"].pop(0)
    with pytest.raises(InputError, match=r"has the state of a parameter 2, its groups do not"):
        optimizer.load_state_dict(saved)
    saved["param_groups"][0]["param_names"][0] = "wieght"
    with pytest.raises(InputError, match=r"unknown parameter 'wieght': did you mean weight"):
        optimizer.load_state_dict(saved)
    with pytest.raises(InputError, match=r"has 2 parameter groups of 1, 1 .* 1 parameter groups"):
        optimizer.load_state_dict({"param_groups": [{"params": [0]}, {"params": [1]}], "state": {}})


@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, 600_000])
def test_chunked_sgd_step_matches_plain_formula(size: int) -> None:
    values, slopes = np.random.default_rng(0).normal(size=(2, size)).astype(np.float32)
    weight = nn.Parameter(values.copy())
    weight.grad = tensor(slopes)
    make("SGD", weight, lr=0.1).step()
    assert np.array_equal(weight.detach().numpy(), values - 0.1 * slopes)
