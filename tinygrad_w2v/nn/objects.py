"""save and load of nested values, such as checkpoints of states: ``torch.save``, ``torch.load``.

A file holds arrays and JSON, as a model file does, and is read without running code from it. In
the JSON, numbers, strings and lists represent themselves, and everything else is a dict with the
key ``"type"``, which states how to read it.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.device import check_placement, device
from tinygrad_w2v.engine.dtypes import DTYPES
from tinygrad_w2v.engine.size import Size
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import File, damage_reported, name_of, read_archive, write_archive
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Buffer, Parameter
from tinygrad_w2v.nn.persistence import describe, rebuild

_VERSION = 1
_MOST_META = 1 << 26
"""Bytes of JSON; a checkpoint may hold a vocabulary."""

_SEQUENCES: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "Size": Size,
}
_MAPPINGS: dict[str, Callable[[Iterable[tuple[Any, Any]]], Any]] = {
    "dict": dict,
    "OrderedDict": OrderedDict,
    "Counter": lambda items: Counter(dict(items)),
    "Namespace": lambda items: argparse.Namespace(**dict(items)),
}
_TENSORS: dict[str, type[Tensor]] = {"Tensor": Tensor, "Parameter": Parameter, "Buffer": Buffer}

_KINDS = {tuple, set, frozenset, Size, dict, OrderedDict, Counter, argparse.Namespace}

allowed_classes: list[str] = []
"""Import paths that all calls of :func:`load` allow; see :func:`add_safe_globals`."""


def save(obj: Any, f: File, pickle_module: object = None, pickle_protocol: object = None) -> None:
    """Write a value; the complete file replaces an older one at once.

    Parameters
    ----------
    obj
        Any nesting of dicts, lists, tuples and sets of numbers, strings, bytes, None, arrays,
        Tensors and Modules, such as a dict of states. A Module is saved with its spec, so that
        its class is known on loading.
    f
        A path, or a binary file open for writing. With the ending ``.safetensors`` `obj` must be
        a dict of Tensors by name, such as a state; PyTorch reads it with safetensors.
    pickle_module, pickle_protocol
        Accepted for PyTorch's signature; nothing is pickled.

    Raises
    ------
    InputError
        If a value cannot be saved (names its place), or the file cannot be written.

    Examples
    --------
    >>> import io
    >>> import tinygrad_w2v as tg
    >>> file = io.BytesIO()
    >>> tg.save({"epoch": 3, "model": tg.nn.Linear(2, 1).state_dict()}, file)
    >>> list(tg.load(file)["model"])
    ['weight', 'bias']
    """
    if _is_safetensors(f):
        if not isinstance(obj, Mapping) or not all(
            isinstance(key, str) and isinstance(value, Tensor | np.ndarray)
            for key, value in obj.items()
        ):
            raise InputError(
                f"{name_of(f)}: a .safetensors file holds a dict of Tensors by name: save a state, "
                f"or use another ending"
            )
        write_archive(f, {name: array_of(value) for name, value in obj.items()}, {})
        return
    writer = _Writer(name_of(f))
    tree = writer.plain(obj, "obj")
    meta = {"version": _VERSION, "tree": tree}
    write_archive(f, writer.arrays, meta, any_name=True, most_meta=_MOST_META)


def load(
    f: File,
    map_location: Any = None,
    pickle_module: object = None,
    *,
    weights_only: bool = True,
    mmap: bool | None = None,
    allow: Iterable[str] = (),
) -> Any:
    """Return the value in a file written by :func:`save`, by ``nn.save``, or by safetensors.

    No code is run that the caller does not allow, and nothing is unpickled.

    Parameters
    ----------
    f
        A path, or a binary file open for reading.
    map_location
        The CPU.
    pickle_module, mmap
        Accepted for PyTorch's signature, without effect.
    weights_only
        With False, Modules of classes that the running program (``__main__``) defines are built.
    allow
        Import paths of classes of your own that the file may use; see ``nn.load``.

    Raises
    ------
    InputError
        If the file is missing, damaged, or pickled by PyTorch, or it names a class that is not
        allowed.
    """
    if not callable(map_location) and not isinstance(map_location, Mapping):
        check_placement(map_location)
    _refuse_pickle(f)
    if not isinstance(f, str | os.PathLike):
        f.seek(0)
    is_npz = not _is_safetensors(f)
    arrays, meta = read_archive(
        f, any_name=is_npz, kind="file", remedy="save it again", most_meta=_MOST_META
    )
    shown = name_of(f)
    paths = [*allow, *allowed_classes, *([] if weights_only else ["__main__"])]
    with damage_reported(f, "file"):
        if isinstance(meta, dict) and "spec" in meta:
            return rebuild(arrays, meta, shown, paths)
        if not meta:
            return OrderedDict((name, Tensor(array)) for name, array in arrays.items())
        if not isinstance(meta, dict) or meta.get("version") != _VERSION:
            raise ValueError("it does not state a version that this package reads")
        return _Reader(arrays, shown, paths).value(meta.get("tree"))


# --- classes that files may use -----------------------------------------------------------------


def add_safe_globals(safe_globals: Iterable[type]) -> None:
    """Allow files to use these classes of Modules, in all later calls of :func:`load`."""
    allowed_classes.extend(f"{each.__module__}:{each.__qualname__}" for each in safe_globals)


def clear_safe_globals() -> None:
    """Allow only what is passed to :func:`load`."""
    allowed_classes.clear()


# --- writing ------------------------------------------------------------------------------------


class _Writer:
    """Turns a value into plain data and a dict of arrays."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.arrays: dict[str, Array] = {}
        self._numbers: dict[int, tuple[str, Any]] = {}  # with the owner, which keeps its id
        self._open: set[int] = set()

    def plain(self, value: Any, place: str) -> Any:
        """Return a value as plain data; messages name its `place`."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if id(value) in self._open:
            raise InputError(f"{self.shown}: {place} contains itself: save it in parts")
        self._open.add(id(value))
        try:
            return self._container(value, place)
        finally:
            self._open.remove(id(value))

    def _container(self, value: Any, place: str) -> Any:
        kind = type(value)
        if kind is list:
            return [self.plain(item, f"{place}[{i}]") for i, item in enumerate(value)]
        if kind in _KINDS:
            if isinstance(value, Mapping | argparse.Namespace):
                items = value.items() if isinstance(value, Mapping) else vars(value).items()
                content: list[Any] = [
                    [self.plain(key, f"a key of {place}"), self.plain(item, f"{place}[{key!r}]")]
                    for key, item in items
                ]
            else:
                content = [self.plain(item, f"an item of {place}") for item in value]
            return {"type": kind.__name__, "items": content}
        if isinstance(value, Module):
            return self._module(value)
        if isinstance(value, Tensor):
            name = kind.__name__ if kind.__name__ in _TENSORS else "Tensor"
            return {
                "type": name,
                "array": self._number(value, array_of(value)),
                "requires_grad": value.requires_grad,
            }
        return self._other(value, place)

    def _other(self, value: Any, place: str) -> Any:
        if isinstance(value, np.ndarray | np.generic):
            kind = "array" if isinstance(value, np.ndarray) else "number"
            return {"type": kind, "array": self._number(value, np.asarray(value))}
        if isinstance(value, bytes | bytearray):
            return {"type": "bytes", "array": self._number(value, np.frombuffer(value, np.uint8))}
        if isinstance(value, np.dtype):
            return {"type": "dtype", "name": value.name}
        if isinstance(value, device):
            return {"type": "device", "name": str(value)}
        if isinstance(value, Path):
            return str(value)
        if isinstance(value, int | float | str):  # of a subclass
            return next(base(value) for base in (int, float, str) if isinstance(value, base))
        raise InputError(
            f"{self.shown}: {place} is of type {type(value).__name__}, which is not saved: save "
            f"numbers, strings, lists, dicts, Tensors and Modules, such as a state_dict()"
        )

    def _module(self, model: Module) -> dict[str, Any]:
        arrays, meta = describe(model, self.shown)
        members = {name: self._number(array, array) for name, array in arrays.items()}
        return {"type": "Module", "arrays": members, "meta": meta, "training": model.training}

    def _number(self, owner: Any, array: Array) -> str:
        """Return the name of an array in the file, the same for the same owner."""
        if id(owner) not in self._numbers:
            name = str(len(self.arrays))
            self._numbers[id(owner)] = name, owner
            self.arrays[name] = array
        return self._numbers[id(owner)][0]


# --- reading ------------------------------------------------------------------------------------


class _Reader:
    """Builds the value that a :class:`_Writer` turned into plain data."""

    def __init__(self, arrays: Mapping[str, Array], shown: str, allow: Iterable[str]) -> None:
        self.arrays = arrays
        self.shown = shown
        self.allow = list(allow)
        self._tensors: dict[tuple[str, str], Tensor] = {}

    def value(self, plain: Any) -> Any:
        """Return the value of plain data."""
        if isinstance(plain, list):
            return [self.value(item) for item in plain]
        if not isinstance(plain, dict):
            return plain
        kind = plain.get("type")
        if kind in _SEQUENCES:
            return _SEQUENCES[kind]([self.value(item) for item in plain["items"]])
        if kind in _MAPPINGS:
            return _MAPPINGS[kind](self._items(plain["items"]))
        if kind in _TENSORS:
            return self._tensor(kind, plain)
        if kind == "Module":
            arrays = {name: self.arrays[each] for name, each in plain["arrays"].items()}
            return rebuild(arrays, plain["meta"], self.shown, self.allow).train(
                bool(plain["training"])
            )
        return self._other(kind, plain)

    def _items(self, items: list[Any]) -> Iterator[tuple[Any, Any]]:
        for key, item in items:
            yield self.value(key), self.value(item)

    def _tensor(self, kind: str, plain: dict[str, Any]) -> Tensor:
        key = kind, plain["array"]
        if key not in self._tensors:
            made = _TENSORS[kind](self.arrays[plain["array"]])
            self._tensors[key] = made.requires_grad_(bool(plain["requires_grad"]))
        return self._tensors[key]

    def _other(self, kind: Any, plain: dict[str, Any]) -> Any:
        if kind == "array":
            return self.arrays[plain["array"]]
        if kind == "number":
            return self.arrays[plain["array"]][()]
        if kind == "bytes":
            return self.arrays[plain["array"]].tobytes()
        if kind == "dtype":
            return DTYPES[plain["name"]]
        if kind == "device":
            return device(str(plain["name"]))
        raise ValueError(f"it holds a value of the unknown type {kind!r:.80}")


def _is_safetensors(f: File) -> bool:
    return isinstance(f, str | os.PathLike) and Path(f).suffix == ".safetensors"


def _refuse_pickle(f: File) -> None:
    """Raise InputError if a file was written by PyTorch, which pickles."""
    if isinstance(f, str | os.PathLike):
        if os.path.isfile(f):
            with open(f, "rb") as file:
                _refuse_pickle(file)
        return
    f.seek(0)
    start = f.read(300)
    name = start[30 : 30 + int.from_bytes(start[26:28], "little")]  # of the first entry of a ZIP
    is_pickle = start[:4] == b"PK\x03\x04" and name.endswith(b"/data.pkl")
    is_pickle |= start[:2] == b"\x80\x02"  # PyTorch's format before version 1.6
    if is_pickle:
        raise InputError(
            f"{name_of(f)} was written by PyTorch, which pickles, and reading it could run code: "
            f"in PyTorch, write the state with safetensors.torch.save_file(model.state_dict(), "
            f"'state.safetensors'), and load that file"
        )
