"""Models in files: save and load.

The arrays have the names of the state, so that NumPy and the safetensors package can read them;
the spec and the modules' extra state are stored beside them as JSON.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, StateError
from tinygrad_w2v.nn.archive import check_ending, damage_reported, read_archive, write_archive
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.nn.spec import build
from tinygrad_w2v.nn.state import compare_states
from tinygrad_w2v.validation import limit_arrays

_VERSION = 1
_META_TYPES = {"version": int, "spec": dict, "shared": dict, "extra": dict}
_MOST_MODULES = 10_000
_MOST_VALUES = 200_000
_MOST_SHARED = 100  # sizes of the shared arrays, as a multiple of the size of all arrays
# Arrays that constructors may create besides those in the file, and elements in them.
_SPARE_ARRAYS, _SPARE_ELEMENTS = 1000, 1 << 20


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write a model with its spec; the complete file replaces an older one at once.

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
    check_ending(path)
    arrays, meta = describe(model, os.fspath(path))
    write_archive(path, arrays, meta)


def describe(model: Module, shown: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays of a model by name, and plain data from which it is built."""
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
    _check(meta, shown)
    return {name: t._data for name, t in named.items() if name not in shared}, meta


def load(path: str | os.PathLike[str], *, allow: Iterable[str] = ()) -> Any:
    """Return the model in a file written by :func:`save`, built from its spec.

    Nothing is imported that `allow` does not name: a file from an untrusted source cannot run
    code. The memory used is at most about twice the size of the file.

    Parameters
    ----------
    path
        The file.
    allow
        Import paths of classes and functions of your own that the file may use, besides those of
        this package and those registered with :func:`register`: ``"package.module"`` for all
        that a module defines, ``"package.module:name"`` for one. Their constructors run with the
        arguments in the file.

    Raises
    ------
    InputError
        If the file is missing, damaged or not a model, or it names what `allow` does not.

    Examples
    --------
    >>> import os, tempfile
    >>> from tinygrad_w2v import nn
    >>> model = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     nn.save(model, path)
    ...     nn.load(path)
    Sequential(
      (0): Linear(in_features=4, out_features=2, bias=True)
      (1): ReLU()
    )
    """
    shown = os.fspath(path)
    arrays, meta = read_archive(path)
    if meta is None:
        raise InputError(
            f"{shown} holds arrays but no spec: build the model yourself, and load them with "
            f"load_state_dict"
        )
    with damage_reported(path):
        return rebuild(arrays, meta, shown, allow)


def rebuild(arrays: Mapping[str, Array], meta: Any, shown: str, allow: Iterable[str]) -> Module:
    """Return the model that :func:`describe` described."""
    _check(meta, shown)
    shared = meta["shared"]
    _check_shared(shared, arrays, shown)
    count = len(arrays) + len(shared) + _SPARE_ARRAYS
    elements = sum(array.size for array in arrays.values()) + _SPARE_ELEMENTS
    elements += sum(arrays[first].size for first in shared.values())
    with limit_arrays(count, elements):
        model: Module = build(meta["spec"], Module, name=f"{shown}: spec", allow=allow)
    _restore(model, arrays, shared, shown)
    _restore_extra(model, meta["extra"], shown)
    return model


def _check(meta: Any, shown: str) -> None:
    """Raise InputError unless the JSON of a file has the parts and sizes that load expects."""
    if not isinstance(meta, dict):
        raise InputError(f"{shown}: its JSON is not a dict: save the model again")
    for key, kind in _META_TYPES.items():
        if not isinstance(meta.get(key), kind):
            raise InputError(
                f"{shown}: {key!r} in its JSON is not of type {kind.__name__}: save the model again"
            )
    if meta["version"] != _VERSION:
        raise InputError(
            f"{shown} has format version {meta['version']!r:.20}, this package reads {_VERSION}: "
            f"install the version that wrote it"
        )
    modules = values = 0
    items = [meta["spec"]]
    while items and values <= _MOST_VALUES:
        item = items.pop()
        values += 1
        modules += isinstance(item, dict) and "type" in item
        if isinstance(item, dict | list):
            items += item.values() if isinstance(item, dict) else item
    if items or modules > _MOST_MODULES:
        raise InputError(
            f"{shown}: its spec has more than {_MOST_MODULES:,} modules or {_MOST_VALUES:,} "
            f"values: use buffers or the extra state for long lists"
        )


def _check_shared(shared: Mapping[str, Any], arrays: Mapping[str, Array], shown: str) -> None:
    for name, first in shared.items():
        if not isinstance(first, str) or first not in arrays or name in arrays:
            raise InputError(
                f"{shown}: {name!r:.80} shares the array {first!r:.80}, which the file does not "
                f"hold: save the model again"
            )
    held, again = sum(a.size for a in arrays.values()), sum(arrays[f].size for f in shared.values())
    if again > _MOST_SHARED * held:
        raise InputError(
            f"{shown}: its arrays are shared by {again // held:,} times their size: at most "
            f"{_MOST_SHARED}"
        )


def _restore(
    model: Module, arrays: Mapping[str, Array], shared: Mapping[str, str], shown: str
) -> None:
    """Set the parameters and buffers to the arrays, shared ones to the same tensor."""
    tensors = dict(model.named_tensors())
    places = {name: (holder, own) for name, holder, own in model._state_places("")}
    found = {**arrays, **{name: arrays[first] for name, first in shared.items()}}
    problems = compare_states(
        {name: tensor.shape for name, tensor in tensors.items()},
        {name: array.shape for name, array in found.items()},
        strict=True,
    )
    if problems:
        raise StateError(f"{shown} does not hold its own model: {'; '.join(problems)}")
    for name, first in shared.items():
        if type(tensors[name]) is not type(tensors[first]):
            raise InputError(f"{shown}: {name} and {first} are of different kinds: not shareable")
        holder, own = places[name]
        setattr(holder, own, tensors[first])
    for name, array in arrays.items():
        is_floating = np.issubdtype(array.dtype, np.floating)
        if isinstance(tensors[name], Parameter) and not is_floating:
            raise InputError(f"{shown}: the parameter {name} has dtype {array.dtype}: use floats")
        tensors[name].data = array


def _restore_extra(model: Module, extra: Mapping[str, Any], shown: str) -> None:
    modules = dict(model.named_modules())
    for name, state in extra.items():
        if name not in modules:
            raise InputError(f"{shown}: extra state of {name!r:.80}: there is no such module")
        try:
            modules[name].set_extra_state(state)
        except Exception as error:  # a damaged state can cause any error
            reason = " ".join(f"{type(error).__name__} {error}".split())
            raise InputError(f"{shown}: extra state of {name!r:.80}: {reason:.200}") from error
