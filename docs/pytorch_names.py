"""Write docs/pytorch-names.json: PyTorch's public names and their parameters, by module.

Run ``python docs/pytorch_names.py`` where PyTorch is installed. Only documented names are listed.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

FILE = Path(__file__).with_name("pytorch-names.json")
MODULES = (
    *("torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init"),
    *("torch.nn.utils", "torch.nn.utils.rnn", "torch.optim", "torch.optim.lr_scheduler"),
    *("torch.utils.data", "torch.autograd", "torch.autograd.functional", "torch.random"),
    *("torch.linalg", "torch.special", "torch.masked", "torch.signal.windows"),
)
PREFIXED = ("torch.linalg", "torch.special")  # as in linalg_norm, the operator of linalg.norm
FOREIGN = {"Any", "Callable", "Literal", "Optional", "ParamSpec", "TypeVar", "Union", "overload"}


def main() -> None:
    listed = {module: dict(names(module)) for module in MODULES}
    lines = [
        f'"{module}": {{\n' + ",\n".join(f'"{n}": "{p}"' for n, p in found.items()) + "\n}"
        for module, found in listed.items()
    ]
    head = f'"version": {json.dumps(torch.__version__.partition("+")[0])}'
    FILE.write_text("{\n" + ",\n".join([head, *lines]) + "\n}\n", encoding="utf-8")


def names(module: str) -> Iterator[tuple[str, str]]:
    """Yield the documented names of a module or class with their parameters."""
    if module == "torch.Tensor":
        place: Any = torch.Tensor
    else:
        place = importlib.import_module(module)
    for name in sorted(dir(place)):
        value = getattr(place, name, None)
        if name.startswith("_") or name in FOREIGN or inspect.ismodule(value):
            continue
        if not isinstance(getattr(value, "__doc__", None), str) or not (
            callable(value) or module.endswith("sor")
        ):
            continue
        owner = getattr(value, "__module__", None)
        if owner is not None and owner.partition(".")[0] != "torch":
            continue
        if module not in ("torch", "torch.Tensor", "torch.nn.functional", "torch.nn") and (
            owner == "torch" or (owner and not owner.startswith(module.rpartition(".")[0]))
        ):
            continue
        prefix = f"{module.rpartition('.')[2]}_" if module in PREFIXED else ""
        yield name, " ".join(dict.fromkeys(parameters(prefix + name, value)))


def parameters(name: str, value: Any) -> Iterator[str]:
    """Yield the names of parameters, from the operator's schemas or from the signature."""
    if not inspect.isfunction(value) and not inspect.isclass(value):
        schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
        of_tensors = [s for s in schemas if s.arguments and str(s.arguments[0].type) == "Tensor"]
        created = [s for s in schemas if any(a.name == "layout" for a in s.arguments)]
        for schema in of_tensors or created:
            for argument in schema.arguments:
                if not (argument.is_out or argument.name in ("self", "names")):
                    yield argument.name
        if of_tensors or created:
            return
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return
    for parameter in signature.parameters.values():
        is_private = parameter.name == "self" or parameter.name.startswith("_")
        if parameter.kind is not parameter.VAR_KEYWORD and not is_private:
            yield parameter.name


if __name__ == "__main__":
    main()
