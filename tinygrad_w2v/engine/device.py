"""device: where tensors are stored. There is one device, the CPU; others are refused by name."""

from __future__ import annotations

from typing import Any, TypeAlias


class device:  # noqa: N801  (named as in PyTorch)
    """The place of a tensor's values: always the CPU.

    Parameters
    ----------
    type
        ``"cpu"``, ``"cpu:0"`` or a device.
    index
        The CPU's index: 0 or None.

    Raises
    ------
    RuntimeError
        If another device is named.

    Examples
    --------
    >>> device("cpu"), str(device("cpu:0"))
    (device(type='cpu'), 'cpu:0')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | device = "cpu", index: int | None = None) -> None:
        name = str(type) if index is None else f"{type}:{index}"
        if name not in ("cpu", "cpu:0"):
            raise RuntimeError(
                f"device '{name}' is not available: tensors are NumPy arrays on the CPU; "
                f"use device 'cpu'"
            )
        self.type = "cpu"
        self.index = 0 if name == "cpu:0" else None

    def __enter__(self) -> device:
        return self

    def __exit__(self, *error: object) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and other.index == self.index

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return "cpu" if self.index is None else "cpu:0"

    def __repr__(self) -> str:
        return f"device(type='cpu'{'' if self.index is None else ', index=0'})"


CPU = device("cpu")
"""The device of every tensor."""

DeviceLike: TypeAlias = device | str | None


def check_placement(
    device: Any = None, layout: Any = None, pin_memory: bool = False, memory_format: Any = None
) -> None:
    """Raise RuntimeError unless the values are to be a plain array on the CPU.

    Parameters
    ----------
    device, layout, pin_memory, memory_format
        As PyTorch's creation functions take them.
    """
    if device is not None and device is not CPU:
        _device(device)
    if layout not in (None, STRIDED):
        raise RuntimeError(
            f"layout={layout!r} is not available: tensors are strided arrays; leave it out"
        )
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True is for transfers to a GPU, and there is none: leave it out"
        )
    if memory_format not in (None, *MEMORY_FORMATS.values()):
        raise RuntimeError(f"memory_format={memory_format!r} is not available: leave it out")


_device = device  # check_placement has a parameter of this name

STRIDED = "torch.strided"
"""The layout of every tensor."""

MEMORY_FORMATS = {
    name: f"torch.{name}" for name in ("contiguous_format", "preserve_format", "channels_last")
}
"""The memory formats that are accepted, without effect: op results are C-contiguous or views."""
