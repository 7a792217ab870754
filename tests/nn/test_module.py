"""Module: members, state, hooks, summary."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import nn, optim, tensor
from tinygrad_w2v.errors import InputError, StateError
from tinygrad_w2v.runtime.shared_memory import is_shared


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pairs = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 1, bias=False)])
        self.scale = nn.Parameter(np.ones(2))
        self.register_buffer("counts", tensor(np.arange(2)))
        self.register_buffer("scratch", tensor([0.0]), persistent=False)
        self.width = 2

    def forward(self, x: Any) -> Any:
        return self.pairs[1](self.pairs[0](x * self.scale))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3, bias=False)
        self.decoder.weight = self.encoder.weight

    def forward(self, x: Any) -> Any:
        return self.decoder(self.encoder(x))


NAMES = ["scale", "pairs.0.weight", "pairs.0.bias", "pairs.1.weight"]


def test_a_modules_own_parameters_are_listed_before_those_of_submodules() -> None:
    model = Nested()
    assert [name for name, _ in model.named_parameters()] == NAMES
    assert [name for name, _ in model.named_parameters("net", recurse=False)] == ["net.scale"]
    assert [name for name, _ in model.named_buffers()] == ["counts", "scratch"]
    assert [name for name, _ in model.named_children()] == ["pairs"]
    assert [name for name, _ in model.named_modules()] == ["", "pairs", "pairs.0", "pairs.1"]
    assert list(model.state_dict()) == ["scale", "counts", *NAMES[1:]]


def test_plain_lists_and_dicts_are_not_searched() -> None:
    model = nn.Module()
    model.layers = [nn.Linear(2, 2)]  # type: ignore[attr-defined]
    model.table = {"a": nn.Parameter([1.0])}  # type: ignore[attr-defined]
    assert not list(model.parameters())


def test_names_are_stable() -> None:
    model = Nested()
    assert list(model.state_dict()) == list(model.state_dict()) == list(Nested().state_dict())


def test_shared_parameter_is_listed_once_and_has_both_names_in_the_state() -> None:
    model = Tied()
    assert [name for name, _ in model.named_parameters()] == ["encoder.weight", "encoder.bias"]
    state = model.state_dict()
    assert list(state) == ["encoder.weight", "encoder.bias", "decoder.weight"]
    assert state["encoder.weight"] is state["decoder.weight"]


def test_shared_parameter_is_updated_once() -> None:
    model, x = Tied(), np.ones((2, 3), np.float32)
    optimizer = optim.SGD(model, lr=0.5)
    before = model.encoder.weight.detach().numpy().copy()
    model(x).sum().backward()
    gradient = np.asarray(model.encoder.weight.grad)
    optimizer.step()
    np.testing.assert_allclose(
        model.encoder.weight.detach().numpy(), before - 0.5 * gradient, rtol=1e-6
    )


def test_reference_to_the_parent_is_not_followed() -> None:
    child, parent = nn.Linear(2, 2), nn.ModuleList()
    parent.append(child)
    child.parent = parent  # type: ignore[attr-defined]
    assert [name for name, _ in parent.named_parameters()] == ["0.weight", "0.bias"]


def test_apply_visits_submodules_first() -> None:
    seen: list[str] = []
    model = nn.Sequential(nn.ReLU(), nn.Tanh())
    assert model.apply(lambda module: seen.append(type(module).__name__)) is model
    assert seen == ["ReLU", "Tanh", "Sequential"]


def test_mode_gradients_and_freezing_apply_to_all_submodules() -> None:
    model = Nested()
    assert not any(module.training for module in model.eval().modules())
    assert all(module.training for module in model.train().modules())
    model(np.ones((1, 2))).sum().backward()
    assert model.scale.grad is not None
    model.zero_grad()
    assert all(parameter.grad is None for parameter in model.parameters())
    model.requires_grad_(False)
    assert not model(np.ones((1, 2))).requires_grad


def test_to_converts_floating_tensors_only() -> None:
    model = Nested().to(np.float16)
    assert {parameter.dtype.name for parameter in model.parameters()} == {"float16"}
    assert model.counts.dtype == np.int64
    with pytest.raises(InputError, match=r"to: int64 is not a floating dtype: use float32"):
        model.to(np.int64)


def test_deepcopy_shares_no_memory() -> None:
    model = Nested()
    other = copy.deepcopy(model)
    other.scale.detach().numpy()[...] = 5.0
    assert model.scale.tolist() == [1.0, 1.0]
    assert other.spec() == model.spec()


def test_repr_is_a_tree() -> None:
    assert repr(nn.Residual(nn.Sequential(nn.Linear(4, 2), nn.ReLU()))).splitlines() == [
        "Residual(",
        "  (inner): Sequential(",
        "    (0): Linear(in_features=4, out_features=2, bias=True)",
        "    (1): ReLU()",
        "  )",
        ")",
    ]


def test_state_error_lists_all_differences() -> None:
    model = nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 3))
    state = model.state_dict()
    state["0.wieght"] = state.pop("0.weight")
    state["1.bias"] = np.zeros(7)
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(StateError) as caught:
        model.load_state_dict(state)
    assert str(caught.value) == (
        "load_state_dict: missing '0.weight'; '1.bias' has shape (7,), the module's "
        "is (3,); unexpected '0.wieght' (did you mean 0.weight?)"
    )
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(np.asarray(values), np.asarray(before[name]))


def test_strict_false_ignores_names_but_not_shapes() -> None:
    model = nn.Linear(2, 1)
    model.load_state_dict({"weight": np.ones((1, 2)), "other": np.ones(1)}, strict=False)
    assert model.weight.tolist() == [[1.0, 1.0]]
    with pytest.raises(StateError, match=r"'weight' has shape \(2,\), the module's is \(1, 2\)"):
        model.load_state_dict({"weight": np.ones(2)}, strict=False)


# --- hooks ---------------------------------------------------------------------------------------


def test_forward_hooks_may_change_arguments_and_results() -> None:
    layer = nn.Linear(2, 1, bias=False)
    nn.init.ones_(layer.weight)
    seen: list[Any] = []
    before = layer.register_forward_pre_hook(lambda module, args: 2 * args[0])
    after = layer.register_forward_hook(lambda module, args, result: result + 1)
    watch = layer.register_forward_hook(lambda module, args, result: seen.append(result.item()))
    assert layer(np.ones((1, 2))).item() == 5.0
    assert seen == [5.0]
    for handle in (before, after, watch):
        handle.remove()
        handle.remove()  # twice does no harm
    assert layer(np.ones((1, 2))).item() == 2.0


def test_removing_the_last_hook_restores_the_direct_call() -> None:
    layer = nn.ReLU()
    with layer.register_forward_hook(lambda *args: None):
        assert layer._hooks is not None
    assert layer._hooks is None


def test_backward_hooks_receive_gradients_of_arguments_and_result() -> None:
    seen: list[Any] = []
    layer = nn.Bilinear(2, 2, 1, bias=False, dtype=np.float64)
    layer.register_backward_hook(lambda module, inputs, output: seen.append((inputs, output)))
    x, y = tensor(np.ones((3, 2)), requires_grad=True), np.ones((3, 2))
    (layer(x, y) * 2).sum().backward()
    (((of_x, of_y), of_result),) = seen
    np.testing.assert_array_equal(np.asarray(of_result[0]), np.full((3, 1), 2.0))
    np.testing.assert_array_equal(np.asarray(of_x), np.asarray(x.grad))
    assert of_y is None


def test_backward_hooks_do_not_change_gradients() -> None:
    plain, hooked = nn.Linear(3, 2, rng=0), nn.Linear(3, 2, rng=0)
    hooked.register_backward_hook(lambda *gradients: None)
    for layer in (plain, hooked):
        layer(np.ones((2, 3), np.float32)).sum().backward()
    np.testing.assert_array_equal(np.asarray(plain.weight.grad), np.asarray(hooked.weight.grad))


# --- summary -------------------------------------------------------------------------------------


def test_summary_has_shapes_parameters_saved_bytes_and_times() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    table = nn.summary(model, np.ones((5, 4), np.float32))
    assert [row["shape"] for row in table.rows] == [(5, 1), (5, 8), (5, 8), (5, 1)]
    assert [row["parameters"] for row in table.rows] == [49, 40, 0, 9]
    tanh = table.rows[2]
    assert tanh["saved"] == 5 * 8 * 4  # its output
    assert all(row["seconds"] > 0 for row in table.rows)
    assert table.rows[0]["saved"] >= max(row["saved"] for row in table.rows[1:])
    assert "49 parameters, 49 of them trainable" in str(table)
    assert all(module._hooks is None for module in model.modules())


def test_summary_without_inputs_lists_modules_and_parameters() -> None:
    table = nn.summary(nn.Sequential(nn.Linear(4, 8), nn.Tanh()))
    assert [row["parameters"] for row in table.rows] == [40, 40, 0]


def test_share_memory_moves_parameters_and_buffers() -> None:
    layer = nn.HierarchicalSoftmaxLoss(3, [4, 2, 1])
    assert list(layer.buffers())
    before = layer.state_dict()
    assert layer.share_memory() is layer
    assert all(is_shared(array.detach().numpy()) for _, array in layer.named_tensors())
    assert layer.state_dict().keys() == before.keys()
    assert all(
        np.array_equal(layer.state_dict()[name]._data, value._data)
        for name, value in before.items()
    )


def test_state_of_parameters_is_loaded() -> None:
    source, target = nn.Linear(2, 2, rng=0), nn.Linear(2, 2, rng=1)
    target.load_state_dict(dict(source.named_parameters()))
    assert np.array_equal(target.weight.detach().numpy(), source.weight.detach().numpy())
