"""Models in files: arrays and a spec in one ``.npz`` or ``.safetensors``; never pickle.

The arrays stand under the names of the state, readable by NumPy and by the safetensors package;
the spec and the modules' extra state stand beside them as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, MissingExtraError, StateError
from tinygrad_w2v.nn.module import Module, compare_states, replace_member
from tinygrad_w2v.nn.spec import build
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error

_VERSION = 1
_META = "tinygrad_w2v"


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write a model with its spec; the file replaces an older one at once and whole.

    Parameters
    ----------
    model
        Any module that has a spec.
    path
        Ends in ``.npz`` or, with the extra `io` installed, ``.safetensors``.

    Raises
    ------
    InputError
        If the ending is another, the model has no spec, or the file cannot be written.
    MissingExtraError
        If the safetensors package is not installed.
    """
    ending = _ending(path)
    named = dict(model.named_tensors())
    first: dict[int, str] = {}
    shared = {}
    for name, tensor in named.items():
        if first.setdefault(id(tensor), name) != name:
            shared[name] = first[id(tensor)]
    extra = {name: module.get_extra_state() for name, module in model.named_modules()}
    meta = {
        "version": _VERSION,
        "spec": model.spec(),
        "shared": shared,
        "extra": {name: state for name, state in extra.items() if state is not None},
    }
    arrays = {name: tensor.data for name, tensor in named.items() if name not in shared}
    text = json.dumps(meta)
    if ending == ".safetensors":
        save_file = _safetensors().save_file
        with atomic_write(path) as temporary:
            whole = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
            save_file(whole, temporary, metadata={_META: text})
        return
    arrays[_META] = np.frombuffer(text.encode(), dtype=np.uint8)
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(path: str | os.PathLike[str]) -> Any:
    """Return the model that :func:`save` wrote, built from its spec.

    Built-in layers need no code; a module of your own is imported by the path in the spec, so
    load files of classes that you trust.

    Raises
    ------
    InputError
        If the file is missing, damaged or no model, or a class in its spec cannot be imported.

    Examples
    --------
    >>> import os, tempfile
    >>> from tinygrad_w2v import nn
    >>> model = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     nn.save(model, path)
    ...     nn.load(path)
    Sequential()  # 10 parameters
      layers.0: Linear(4, 2, bias=True)  # 10 parameters
      layers.1: ReLU()
    """
    arrays, meta = _read(path)
    model = build(meta["spec"], Module, name=f"{os.fspath(path)}: spec")
    tensors = dict(model.named_tensors())
    for name, first in meta["shared"].items():
        if first in tensors and name in tensors:
            replace_member(model, name, tensors[first])
    tensors = dict(model.named_tensors())
    shapes = {name: tensor.shape for name, tensor in tensors.items() if name not in meta["shared"]}
    problems = compare_states(shapes, {name: array.shape for name, array in arrays.items()}, True)
    if problems:
        raise StateError(f"{os.fspath(path)} does not hold its own model: {'; '.join(problems)}")
    for name, array in arrays.items():
        tensors[name].data = array
    modules = dict(model.named_modules())
    for name, state in meta["extra"].items():
        modules[name].set_extra_state(state)
    return model


def _ending(path: str | os.PathLike[str]) -> str:
    ending = Path(path).suffix
    if ending not in (".npz", ".safetensors"):
        raise InputError(
            f"{os.fspath(path)} ends in {ending or 'nothing'!r}: name a file .npz or .safetensors"
        )
    return ending


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.numpy")
    except ImportError:
        raise MissingExtraError("safetensors", "io", "files in the safetensors format") from None


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    shown = os.fspath(path)
    ending = _ending(path)
    try:
        if ending == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                arrays = dict(archive)
            text = arrays.pop(_META).tobytes().decode() if _META in arrays else None
        else:
            arrays, text = _read_safetensors(path)
    except OSError as error:
        raise InputError(
            f"cannot read the model {shown}: {describe_os_error(error)}; check the path"
        ) from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"the model {shown} is damaged ({error}): save it again") from None
    if text is None:
        raise InputError(
            f"{shown} holds arrays but no spec: build the model yourself, and load them with "
            f"load_state_dict"
        )
    meta: dict[str, Any] = json.loads(text)
    return arrays, meta


def _read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], str | None]:
    _safetensors()
    package: Any = importlib.import_module("safetensors")
    try:
        with package.safe_open(os.fspath(path), framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, (file.metadata() or {}).get(_META)
    except package.SafetensorError as error:
        raise ValueError(str(error)) from None
