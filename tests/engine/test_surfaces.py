"""Every surface lists what the records state, and refuses a name that is taken."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import ops
from tinygrad_w2v.engine import dispatch, surfaces
from tinygrad_w2v.engine.registry import OPS
from tinygrad_w2v.engine.surfaces import SURFACES, names_of
from tinygrad_w2v.nn import functional as F

ROOT = Path(__file__).parents[2]


@pytest.fixture
def define() -> Iterator[Callable[..., Any]]:
    """Return a function that registers an op for the length of a test."""
    made: list[tg.Op] = []

    def register(name: str, names: str) -> tg.Op:
        def forward(x: Any, *, scale: float = 3.0) -> Any:
            """Multiply by a number."""
            return x * scale

        made.append(tg.op(forward, name=name, names=names, x=lambda g, scale: g * scale))
        return made[-1]

    yield register
    for op in made:
        del OPS[op.name]
        for text in [*names_of(op), f"ops.{op.name}"]:
            surface, _, name = text.partition(".")
            del SURFACES[surface][name]
            if surface == "Tensor":
                delattr(tg.Tensor, name)
            elif surface == "np":
                dispatch.FUNCTIONS = {
                    k: v for k, v in dispatch.FUNCTIONS.items() if getattr(v, "target", v) is not op
                }
            else:
                del surfaces._NAMESPACES[surface][name]


@pytest.mark.parametrize(
    ("surface", "module"), [("tg", tg), ("F", F), ("ops", ops)], ids=["tg", "F", "ops"]
)
def test_module_has_the_functions_of_its_surface(surface: str, module: Any) -> None:
    for name, target in SURFACES[surface].items():
        assert getattr(module, name) is target


def test_every_op_is_in_ops_under_its_own_name() -> None:
    for name in tg.registered_ops():
        assert name in SURFACES["ops"]


@pytest.mark.parametrize("name", SURFACES["Tensor"])
def test_tensor_has_every_method_with_a_docstring(name: str) -> None:
    attribute = vars(tg.Tensor)[name]
    assert name.startswith("__") or attribute.__doc__


def test_a_users_op_appears_on_every_surface(define: Callable[..., Any]) -> None:
    op = define("tripled", "Tensor.tripled property.thrice tg.tripled F.triple np.i0")
    x = tg.tensor([2.0], requires_grad=True)
    for result in (x.tripled(), x.thrice, tg.tripled(x), F.triple(x), ops.tripled(x), np.i0(x)):
        assert result.tolist() == [6.0]
    assert x.tripled(2.0).tolist() == x.tripled(scale=2.0).tolist() == [4.0]
    assert names_of(op) == [
        *("Tensor.tripled", "Tensor.thrice", "tg.tripled", "F.triple", "np.i0"),
    ]
    (x.tripled() * x.thrice).sum().backward()
    assert x.grad is not None
    assert np.asarray(x.grad).tolist() == [36.0]


def test_a_surface_alone_is_the_ops_own_name(define: Callable[..., Any]) -> None:
    op = define("tripled", "Tensor tg F.triple")
    assert names_of(op) == ["Tensor.tripled", "tg.tripled", "F.triple"]
    assert names_of(ops.max) == ["Tensor.max", "tg.max", "F.max"]  # type: ignore[attr-defined]


def test_only_a_trailing_underscore_is_left_out_of_an_own_name(define: Callable[..., Any]) -> None:
    op = define("slices", "tg")
    assert names_of(op) == ["tg.slices"]
    assert SURFACES["ops"]["slices"] is op


def test_an_op_has_the_signature_of_its_forward() -> None:
    assert str(inspect.signature(ops.sigmoid)) == "(x: 'Array') -> 'Any'"
    assert ops.relu.__doc__ == ops.relu.forward.__doc__


def test_a_bound_method_carries_its_op() -> None:
    method: Any = vars(tg.Tensor)["exp"]
    assert (method.op, method.reflected, method.__name__) == (ops.exp, False, "exp")
    reflected: Any = vars(tg.Tensor)["__rsub__"]
    assert (reflected.op, reflected.reflected) == (ops.subtract, True)
    assert (5.0 - tg.tensor([2.0])).tolist() == [3.0]


def test_a_taken_name_names_both(define: Callable[..., Any]) -> None:
    with pytest.raises(
        ValueError,
        match=r"^tg.tanh is already op 'tanh' of numpy: give op 'mine' of tests.engine.test_surf",
    ):
        define("mine", "tg.mine tg.tanh")
    assert not hasattr(tg, "mine")
    del OPS["mine"]


@pytest.mark.parametrize("name", ["Tensor.shape", "tg.optim", "tg.Tensor", "F.__all__"])
def test_a_name_that_is_no_op_is_taken_too(name: str, define: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=rf"^{name} exists and is not an op: give op 'mine' of"):
        define("mine", name)
    del OPS["mine"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("torch.mine", r"'torch.mine' is not a name: write surface.name, where the surface is Ten"),
        ("np.sums", r"NumPy has no function np.sums$"),
    ],
)
def test_a_malformed_name_is_refused(name: str, message: str, define: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=rf"^op 'mine' of tests.engine.test_surfaces: {message}"):
        define("mine", name)
    del OPS["mine"]


def test_a_module_run_again_replaces_its_ops(define: Callable[..., Any]) -> None:
    define("twice_defined", "tg.twice_defined")
    op = tg.registered_ops()["twice_defined"]
    again = tg.op(op.forward, name="twice_defined", names="tg.twice_defined")
    assert tg.twice_defined is again  # type: ignore[attr-defined]
    SURFACES["tg"]["twice_defined"] = SURFACES["ops"]["twice_defined"] = op


def test_stubs_and_table_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"run python docs/generate.py\n{run.stdout}{run.stderr}"


def test_two_spellings_of_one_argument_are_refused() -> None:
    x = tg.tensor([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"sum: an argument is given twice, by .* dim, axis"):
        x.sum(dim=0, axis=0)
    with pytest.raises(TypeError, match="flatten: an argument is given twice"):
        x.flatten(start_dim=0, start_axis=0)
