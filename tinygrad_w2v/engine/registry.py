"""The registry of ops: the rule table of the whole package and of its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tinygrad_w2v.errors import nearest_names

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op

_OPS: dict[str, Op] = {}


def register(op: Op) -> None:
    """Enter an op under its name.

    Raises
    ------
    ValueError
        If another op has the name, unless it came from the same place (a module run again).
    """
    standing = _OPS.get(op.name)
    if standing is not None and _origin(standing) != _origin(op):
        raise ValueError(
            f"an op named '{op.name}' is already registered (from {_origin(standing)[0]}): "
            f"give yours another name with op(..., name=...)"
        )
    _OPS[op.name] = op


def _origin(op: Op) -> tuple[str, str]:
    function = op.forward
    return getattr(function, "__module__", "numpy"), getattr(function, "__qualname__", op.name)


def get_op(name: str) -> Op:
    """Return the op registered under a name.

    Raises
    ------
    KeyError
        If there is none; names the nearest ones.
    """
    try:
        return _OPS[name]
    except KeyError:
        hint = nearest_names(name, _OPS) or "see registered_ops()"
        raise KeyError(f"no op is named '{name}': {hint}") from None


def registered_ops() -> Mapping[str, Op]:
    """Return all ops by name, in the order they were registered."""
    return dict(_OPS)
