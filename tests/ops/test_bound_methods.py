"""What the ops floor binds to Tensor and what the engine declares for readers are one list."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine import bound_methods
from tinygrad_w2v.ops.methods import METHODS, PROPERTIES
from tinygrad_w2v.ops.operators import OPERATORS


def declared() -> dict[str, list[str]]:
    """Return the parameters of each declared method, from the source: it is empty when run."""
    tree = ast.parse(Path(bound_methods.__file__).read_text(encoding="utf-8"))
    bodies = [
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == "BoundMethods"
    ]
    found = {}
    for definition in max(bodies, key=len):
        if isinstance(definition, ast.FunctionDef):
            arguments = definition.args
            found[definition.name] = [a.arg for a in (*arguments.args, *arguments.kwonlyargs)][1:]
    return found


DECLARED = declared()
BOUND: dict[str, Any] = {**OPERATORS, **METHODS, **PROPERTIES}


def test_every_bound_name_is_declared_and_every_declared_one_bound() -> None:
    assert set(BOUND) | {"backward"} == set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_a_declared_name_is_an_attribute_of_tensor_with_a_docstring(name: str) -> None:
    attribute = inspect.getattr_static(tg.Tensor, name)
    assert name.startswith("__") or attribute.__doc__


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_declared_with_the_parameters_that_it_takes(name: str) -> None:
    called = METHODS[name]
    if isinstance(called, tg.Op):
        taken = list(called.signature.names)[1:]
    else:
        parameters = list(inspect.signature(called).parameters.values())[1:]
        taken = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    assert DECLARED[name] == taken


def test_an_op_as_a_method_takes_its_attributes_by_position_as_in_pytorch() -> None:
    x = tg.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert x.sum(1).tolist() == [-1.0, 7.0]
    assert x.clamp(0, 3).tolist() == [[1.0, 0.0], [3.0, 3.0]]
    assert x.round(0).tolist() == x.tolist()


def test_sizes_are_taken_one_by_one_or_as_a_tuple() -> None:
    x = tg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.reshape(3, 2).tolist() == x.reshape((3, 2)).tolist() == x.view(3, -1).tolist()
    assert x.permute(1, 0).tolist() == x.permute((1, 0)).tolist() == x.T.tolist()
    assert x.repeat(2, 1).shape == x.repeat((2, 1)).shape == (4, 3)
    assert x[:1].expand(4, -1).shape == x[:1].expand((4, -1)).shape == (4, 3)


def test_masks_are_combined_with_pythons_operators() -> None:
    x = tg.tensor([0.5, 1.5, 2.5], requires_grad=True)
    assert ((x > 1) & (x < 2)).tolist() == [False, True, False]
    assert (~(x > 1) | (x > 2)).tolist() == [True, False, True]
    assert ((x > 1) ^ (x > 2)).tolist() == [False, True, False]


def test_a_comparison_of_a_tensor_that_requires_a_gradient_has_none() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for result in (x > 1, x == 1, x.argmax(), x.isnan()):
        assert not result.requires_grad


def test_an_index_may_hold_tensors_and_lists() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x[tg.tensor([1, 0])].tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert x[[0, 1], tg.tensor([1, 0])].tolist() == [2.0, 3.0]
    assert x[x > 2].tolist() == [3.0, 4.0]
    assert x[[]].shape == (0, 2)
