"""Attributes of a module: registration, deletion, order, buffers, names, copies, hooks of state."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import nn, tensor
from tinygrad_w2v.errors import InputError, StateError


def names(model: nn.Module) -> list[str]:
    return [name for name, _ in model.named_parameters()]


def test_none_keeps_no_place_and_a_deleted_member_is_gone() -> None:
    model: Any = nn.Module()
    model.first = None
    model.second = nn.Linear(1, 1, bias=False)
    model.first = nn.Linear(1, 1, bias=False)
    assert names(model) == ["second.weight", "first.weight"]
    model.second = None
    assert names(model) == ["first.weight"]
    assert dict(model.named_children()).keys() == {"first"}
    del model.first
    assert not hasattr(model, "first")
    assert not list(model.modules())[1:]


def test_replaced_member_keeps_its_place() -> None:
    model: Any = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    model[0] = nn.Bilinear(1, 1, 1)
    assert names(model) == ["0.weight", "0.bias", "1.weight"]


def test_tensor_assigned_to_a_buffer_is_the_buffer() -> None:
    model: Any = nn.Module()
    model.register_buffer("mean", None)
    assert list(model.state_dict()) == []
    model.mean = tensor([1.0])
    assert list(model.state_dict()) == ["mean"]
    assert type(model.mean).__name__ == "Tensor"


def test_value_of_the_wrong_kind_is_refused() -> None:
    layer: Any = nn.Linear(2, 1)
    with pytest.raises(
        InputError, match=r"Linear.weight is a parameter, and a Tensor was assigned"
    ):
        layer.weight = tensor([[1.0, 2.0]])
    with pytest.raises(InputError, match=r"is a module, and a builtin_function_or_method was"):
        nn.Residual(layer).inner = print  # type: ignore[assignment]
    with pytest.raises(InputError, match=r"a buffer's name is 'a.b': use a string without dots"):
        layer.register_buffer("a.b", None)
    with pytest.raises(InputError, match=r"Linear has an attribute of this name"):
        layer.register_buffer("forward", None)


def test_parameters_buffers_and_modules_can_be_changed_by_name() -> None:
    model: Any = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    model._modules["1"] = nn.Tanh()
    assert type(model[1]) is nn.Tanh
    weight = model[0]._parameters.pop("weight")
    assert names(model) == ["0.bias"]
    model[0].register_parameter("weight", weight)
    assert names(model) == ["0.bias", "0.weight"]
    assert list(model[0]._buffers) == []
    assert repr(nn.ReLU()._modules) == "{}"


def test_members_are_found_by_dotted_name() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 1)))
    assert model.get_submodule("0.0") is model[0][0]
    assert model.get_submodule("") is model
    assert model.get_parameter("0.0.bias") is model[0][0].bias
    with pytest.raises(InputError, match=r"Sequential has no submodule '0.1'"):
        model.get_submodule("0.1")
    with pytest.raises(InputError, match=r"Sequential has no buffer '0.0.bias'"):
        model.get_buffer("0.0.bias")


def test_tied_weights_stay_tied_in_copies() -> None:
    model: Any = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    model[1].weight = model[0].weight
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other[1].weight is other[0].weight
        assert other[0].weight is not model[0].weight
        assert names(other) == ["0.weight", "0.bias", "1.bias"]
        all_names = [name for name, _ in other.named_parameters(remove_duplicate=False)]
        assert all_names == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_shallow_copy_has_members_of_its_own() -> None:
    model: Any = nn.Sequential(nn.ReLU())
    other = copy.copy(model).append(nn.Tanh())
    assert (len(model), len(other)) == (1, 2)


def test_conversions_take_pytorchs_arguments() -> None:
    layer = nn.Linear(2, 1, device="cpu")
    assert layer.to("cpu") is layer.cpu() is layer.to("cpu", non_blocking=True)
    assert layer.to(tensor(np.ones(1))).weight.dtype == np.float64
    assert layer.float().weight.dtype == np.float32
    assert layer.to("cpu", np.float64).weight.dtype == np.float64
    assert layer.to(device="cpu", dtype=np.float16).weight.dtype == np.float16
    assert layer.double().half().type(np.float32).weight.dtype == np.float32
    for refused in (lambda: layer.to("cuda:0"), layer.cuda, lambda: nn.Linear(1, 1, device="mps")):
        with pytest.raises(RuntimeError, match=r"is not available: .*; use device 'cpu'"):
            refused()
    with pytest.raises(InputError, match=r"to: devise: pass a device or a dtype"):
        layer.to(devise="cpu")


def test_gradients_are_set_to_none_or_zeros() -> None:
    layer = nn.Linear(2, 1)
    layer(np.ones((1, 2), np.float32)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert np.asarray(layer.weight.grad).tolist() == [[0.0, 0.0]]
    layer.zero_grad()
    assert layer.weight.grad is None


# --- state ---------------------------------------------------------------------------------------


def test_state_shares_memory_with_the_module() -> None:
    layer = nn.Linear(2, 1, bias=False)
    state = layer.state_dict(prefix="net.")
    assert isinstance(state, OrderedDict)
    assert not state["net.weight"].requires_grad
    nn.init.ones_(layer.weight)
    assert state["net.weight"].tolist() == [[1.0, 1.0]]
    assert layer.state_dict(keep_vars=True)["weight"] is layer.weight
    assert list(layer.state_dict(destination={"before": state["net.weight"]})) == [
        "before",
        "weight",
    ]


def test_load_returns_the_differing_names() -> None:
    layer = nn.Linear(2, 1)
    assert repr(layer.load_state_dict(layer.state_dict())) == "<All keys matched successfully>"
    keys = layer.load_state_dict({"weight": np.ones((1, 2)), "more": np.ones(1)}, strict=False)
    assert (keys.missing_keys, keys.unexpected_keys) == (["bias"], ["more"])
    with pytest.raises(RuntimeError):
        layer.load_state_dict({})


def test_assigned_state_replaces_the_tensors() -> None:
    layer = nn.Linear(2, 1, bias=False)
    layer.load_state_dict({"weight": tensor(np.ones((1, 2)))}, assign=True)
    assert isinstance(layer.weight, nn.Parameter)
    assert layer.weight.dtype == np.float64
    assert layer.weight.requires_grad
    with pytest.raises(StateError, match="has shape"):
        layer.load_state_dict({"weight": np.ones(3)}, assign=True)


def test_hooks_change_states() -> None:
    layer, seen = nn.Linear(2, 1, bias=False), []

    def rename(module: Any, state: Any, prefix: str, *rest: Any) -> None:
        state[prefix + "weight"] = state.pop(prefix + "w")

    layer.register_state_dict_pre_hook(lambda module, prefix, keep: seen.append((prefix, keep)))
    layer.register_state_dict_post_hook(
        lambda module, state, prefix, _: state.update({prefix + "w": state.pop(prefix + "weight")})
    )
    model = nn.Sequential(layer)
    assert list(model.state_dict()) == ["0.w"]
    assert seen == [("0.", False)]
    layer.register_load_state_dict_pre_hook(rename)
    model.register_load_state_dict_post_hook(lambda module, keys: seen.append(keys.missing_keys))
    model.load_state_dict({"0.w": np.ones((1, 2))})
    assert layer.weight.tolist() == [[1.0, 1.0]]
    assert seen[1:] == [[]]


# --- containers ----------------------------------------------------------------------------------


def test_sequential_is_a_list_of_modules() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    model = nn.Sequential(a, c)
    model.insert(1, b)
    assert list(model) == [a, b, c]
    assert list(model[1:]) == [b, c]
    assert model[-1] is c
    assert model.pop(0) is a
    assert list(model._modules) == ["0", "1"]
    del model[0]
    assert list(model + nn.Sequential(a)) == [c, a]
    with pytest.raises(IndexError, match=r"index 3 of a Sequential of length 1 is out of range"):
        model[3]


def test_sequential_of_named_modules() -> None:
    model = nn.Sequential(OrderedDict([("map", nn.Linear(2, 2)), ("squash", nn.Tanh())]))
    assert list(model.state_dict()) == ["map.weight", "map.bias"]
    assert model.map is model[0]  # type: ignore[attr-defined]
    assert nn.build(model.spec()).spec() == model.spec()
    assert list(model[:1].state_dict()) == ["map.weight", "map.bias"]


def test_module_list_and_dict() -> None:
    a, b = nn.ReLU(), nn.Tanh()
    modules = nn.ModuleList([a])
    modules += [b]
    modules[0:1] = [b]
    assert b in modules
    assert list(modules) == [b, b]
    table = nn.ModuleDict([("a", a)])  # type: ignore[arg-type]
    table.update({"b": b})
    assert (list(table), table.b, "b" in table, len(table)) == (["a", "b"], b, True, 2)
    assert table.pop("a") is a
    assert list(table.items()) == [("b", b)]
    table.clear()
    assert table.get("b") is None
    with pytest.raises(InputError, match=r"ModuleDict has an attribute of this name"):
        table["keys"] = a


def test_parameter_list_and_dict() -> None:
    weights = nn.ParameterList([tensor([1.0]), nn.Parameter([2.0])]).append(tensor([3.0]))
    assert names(weights) == ["0", "1", "2"]
    assert [p.item() for p in weights] == [1.0, 2.0, 3.0]
    table: Any = nn.ParameterDict({"a": tensor([1.0])})
    table["b"] = nn.Parameter([2.0])
    assert (names(table), table.b.item()) == (["a", "b"], 2.0)
    assert table.values()


# --- hooks ---------------------------------------------------------------------------------------


def test_hooks_with_keywords_and_first_in_line() -> None:
    layer, seen = nn.Lambda(lambda x, scale=1.0: x * scale), []

    def double(module: Any, args: Any, kwargs: Any) -> Any:
        return args, {"scale": kwargs["scale"] * 2}

    layer.register_forward_pre_hook(double, with_kwargs=True)
    layer.register_forward_hook(lambda *args: seen.append("second"))
    layer.register_forward_hook(lambda *args: seen.append("first"), prepend=True)
    layer.register_forward_hook(lambda m, a, kwargs, r: seen.append(kwargs), with_kwargs=True)
    assert layer(3.0, scale=2.0) == 12.0
    assert seen == ["first", "second", {"scale": 4.0}]


def test_backward_hooks_may_change_gradients() -> None:
    layer, x = nn.Lambda(lambda x: x * 3.0), tensor([1.0], requires_grad=True)
    layer.register_full_backward_pre_hook(lambda module, g: (g[0] * 10,))
    layer.register_full_backward_hook(lambda module, g_in, g_out: (g_in[0] + g_out[0],))
    layer(x).backward()
    assert x.grad.tolist() == [40.0]
    pair: Any = nn.Lambda(lambda a, b: a * b)
    pair.register_full_backward_hook(lambda module, g_in, g_out: g_in)
    with pytest.raises(InputError, match=r"it can change only that of a single argument"):
        pair(x, x).backward()


def test_backward_hooks_of_several_results() -> None:
    layer, seen = nn.Lambda(lambda x: (x * 2.0, x * 3.0)), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in, g_out)))
    x = tensor([1.0], requires_grad=True)
    first, second = layer(x)
    (first + 5 * second).sum().backward()
    (((of_x,), (of_first, of_second)),) = seen
    assert (of_x.item(), of_first.item(), of_second.item()) == (17.0, 1.0, 5.0)


def test_member_assigned_before_the_constructor_of_module_is_refused() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.size = 2
            self.inner = nn.Linear(2, 1)

    with pytest.raises(
        AttributeError,
        match=r"cannot assign module before Module.__init__\(\) call: call super\(\).__init__\(\) "
        r"first in Forgetful.__init__, then assign Forgetful.inner",
    ):
        Forgetful()
