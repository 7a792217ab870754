"""The accelerator: generated code that does what the reference does, in a third of the time.

It replaces four functions of the reference: the call of an op, the recording of a node, the walk
to the leaves, and the methods of Tensor that only call an op. The reference defines the semantics;
tests hold the two to the same results, saved values and gradients, to the bit. The folder can be
deleted. ``TINYGRAD_W2V_UNROLLED=0`` in the environment, or :func:`disabled`, turns it off.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tinygrad_w2v.engine import backward
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.signature import respelled
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.unrolled import walk
from tinygrad_w2v.engine.unrolled.calling import write_call
from tinygrad_w2v.engine.unrolled.recording import Recorders, kinds_of
from tinygrad_w2v.engine.unrolled.source import replace_function

# The module: the package's attribute of this name is the function `op`.
_op_module = sys.modules[Op.__module__]

_call = Op.__call__
_rules_changed = Op.rules_changed
_record: Any = vars(_op_module)["record"]
_walk_to_leaves = backward.walk_to_leaves
_methods: dict[str, Any] = {}  # of Tensor, by name, as they were before `install`


def install() -> None:
    """Replace the functions of the reference."""
    if is_installed():
        return
    _set(Op, "__call__", _unrolled_call)
    _set(Op, "rules_changed", _forget)
    _set(_op_module, "record", _packed_record)
    _set(backward, "walk_to_leaves", functools.partial(walk.walk_to_leaves, _walk_to_leaves))
    for name, method in list(vars(Tensor).items()):
        if isinstance(getattr(method, "op", None), Op):
            _methods[name] = method
            _set(Tensor, name, _unrolled_method(name, method))


def uninstall() -> None:
    """Restore the functions of the reference."""
    if not is_installed():
        return
    _set(Op, "__call__", _call)
    _set(_op_module, "record", _record)
    _set(backward, "walk_to_leaves", _walk_to_leaves)
    for name, method in _methods.items():
        _set(Tensor, name, method)
    _methods.clear()
    walk.mixed.append(None)


def is_installed() -> bool:
    """Whether the accelerator is in use."""
    return Op.__call__ is _unrolled_call


@contextlib.contextmanager
def disabled() -> Iterator[None]:
    """Use the reference inside a ``with`` block, in all threads.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> from tinygrad_w2v.engine import unrolled
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with unrolled.disabled():
    ...     (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    was_installed = is_installed()
    uninstall()
    try:
        yield
    finally:
        if was_installed:
            install()


def install_unless_disabled() -> None:
    """Install the accelerator unless ``TINYGRAD_W2V_UNROLLED`` is 0."""
    if os.environ.get("TINYGRAD_W2V_UNROLLED", "1") != "0":
        install()


# --- what replaces the reference ------------------------------------------------------------------


def recorders_of(op: Op) -> Recorders:
    """Return the packed plans and recorders of an op."""
    found: Recorders | None = op.__dict__.get("_recorders")
    return found or op.__dict__.setdefault("_recorders", Recorders(op))


def call_of(op: Op) -> Callable[..., Any]:
    """Return the unrolled call of an op; arguments that do not fit raise a bare TypeError."""
    found: Callable[..., Any] | None = op.__dict__.get("_unrolled")
    return found or op.__dict__.setdefault("_unrolled", _write(op))


def _write(op: Op) -> Callable[..., Any]:
    reference: Callable[..., Any] = _call.__get__(op)
    if op.signature.variadic:
        return reference
    call = write_call(op, recorders_of(op), reference)
    vars(call).update(op=op, reflected=False)  # as methods of Tensor have
    return call


def _unrolled_call(self: Op, *args: Any, **attributes: Any) -> Any:
    """Run the op; see its forward function for the arguments."""
    if attributes and not self.signature.known.issuperset(attributes):
        attributes = respelled(attributes, self.signature.spellings, self.name)
    try:
        return call_of(self)(*args, **attributes)
    except TypeError as error:
        if not _is_refusal(error):
            raise
    return _call(self, *args, **attributes)  # by keyword or position, or an error that explains


def _is_refusal(error: TypeError) -> bool:
    """Whether a call raised before it ran: its arguments do not fit its parameters."""
    # The traceback begins with the frame that catches the error. There is no other.
    return error.__traceback__ is not None and error.__traceback__.tb_next is None


def _packed_record(
    op: Op, _: Any, args: tuple[Any, ...], attributes: dict[str, Any], out: Any, residuals: Any
) -> Node | None:
    """Return the packed node of a call, or None if nothing is to be recorded."""
    record = recorders_of(op).recorder(kinds_of(args))
    inputs = (args,) if op.signature.variadic else args
    result = record(out, residuals, *inputs, **{**op.signature.defaults, **attributes})
    return result.node if isinstance(result, Tensor) else None


def _forget(self: Op) -> None:
    """Drop what was derived from the rules before a new one was registered."""
    _rules_changed(self)
    if "_recorders" in self.__dict__:
        recorders_of(self).reset()
    if "_unrolled" in self.__dict__ and not self.signature.variadic:
        replace_function(call_of(self), _write(self))


def _unrolled_method(name: str, method: Any) -> Callable[..., Any]:
    """Return what replaces a method of Tensor that only calls an op."""
    op: Op = method.op
    if method.reflected:
        return functools.update_wrapper(lambda self, other: call_of(op)(other, self), method)
    if name.startswith("__"):  # an operator, which is called by Python with the right arguments

        @functools.wraps(method)
        def operator(self: Tensor, *others: Any) -> Any:
            call = call_of(op)  # generated when first used
            _set(Tensor, name, call)
            return call(self, *others)

        return operator

    known, others = op.signature.known, op.signature.spellings

    @functools.wraps(method)
    def unrolled(self: Tensor, *args: Any, **attributes: Any) -> Any:
        if attributes and not known.issuperset(attributes):
            attributes = respelled(attributes, others, op.name)
        try:
            return call_of(op)(self, *args, **attributes)
        except TypeError as error:
            if not _is_refusal(error):
                raise
        return _call(op, self, *args, **attributes)

    return unrolled


def _set(holder: Any, name: str, value: Any) -> None:
    setattr(holder, name, value)
