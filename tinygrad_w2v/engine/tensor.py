"""Tensor: a NumPy array with a gradient and a place on the tape.

The methods that need no op are here; the others, and the operators, are attached by the names in
the ops' records (see ``surfaces``).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.device import DeviceLike, check_placement
from tinygrad_w2v.engine.dtypes import array_from, constructed, numbers
from tinygrad_w2v.engine.grad_fn import GradFn
from tinygrad_w2v.engine.hooks import Hook, HookHandle
from tinygrad_w2v.engine.printing import text_of
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.size import Size
from tinygrad_w2v.engine.tape import Node, Variable
from tinygrad_w2v.engine.tensor_methods import TensorMethods
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.engine.versions import invalidate, shared_version
from tinygrad_w2v.runtime.shared_memory import is_shared, shared_array

if TYPE_CHECKING:
    import numpy.typing as npt
    from typing_extensions import Self

_new_tuple = tuple.__new__


class Tensor(Variable, TensorMethods):
    """An array that records how it was computed.

    Parameters
    ----------
    *data
        An ndarray or a Tensor, which is wrapped, not copied; nested lists of numbers, which are
        copied in the default dtype; or the sizes of a tensor of zeros, ``Tensor(2, 3)``. Use
        :func:`tensor` for a copy of an array and for single numbers.
    requires_grad
        Whether operations on this tensor are recorded, so that :meth:`backward` fills `grad`.

    Attributes
    ----------
    data : Tensor
        The values as a tensor of their own, which shares memory and is not part of any graph.
        A change through it does not count in `version`. Assignable.
    grad : Tensor, RowSparse or None
        The gradient accumulated by :meth:`backward`. Assignable.
    hooks : list or None
        Functions called with the gradient of a leaf; see :meth:`register_hook`.
    node : Node or None
        The recorded call that computed this tensor; None for a leaf.
    requires_grad : bool
        Whether a gradient flows to or through this tensor.
    version : int
        Number of changes in place, also through views. The backward walk compares it with the
        number at the time when a rule saved this tensor.
    """

    __slots__ = ("_grad",)

    def __init__(self, *data: npt.ArrayLike | Tensor, requires_grad: bool = False) -> None:
        is_array = len(data) == 1 and isinstance(data[0], np.ndarray | np.generic | Tensor)
        self._data = numbers(array_of(data[0])) if is_array else constructed(data)
        self._grad: Tensor | RowSparse | None = None
        self._requires_grad = False
        self.hooks = None
        self.node = None
        self.version = 0
        if is_array and isinstance(data[0], Tensor):
            self.version = shared_version(data[0]).detached()
        if requires_grad:
            self.requires_grad_()

    @property
    def data(self) -> Tensor:
        """The values as a tensor that shares memory, without the graph and the version counter."""
        return from_op(self._data, None)

    @data.setter
    def data(self, values: npt.ArrayLike | Tensor) -> None:
        values = array_of(values)
        if values is not self._data:
            self._data = values
            self.version += 1

    @property
    def shape(self) -> Size:
        """The sizes of the axes."""
        return _new_tuple(Size, self._data.shape)

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to or through this tensor."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def grad(self) -> Tensor | RowSparse | None:
        """The accumulated gradient, in the shape of the tensor, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | RowSparse | npt.ArrayLike | None) -> None:
        if value is None or isinstance(value, Tensor | RowSparse):
            gradient = value
        else:
            gradient = Tensor(np.asarray(value))
        if gradient is not None and gradient.shape != self.shape:
            raise ValueError(
                f"grad of shape {gradient.shape} assigned to a tensor of shape {self.shape}: "
                f"the two must be equal"
            )
        self._grad = gradient

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set the attribute `requires_grad` of a leaf and return the tensor.

        Raises
        ------
        TypeError
            If the dtype is not a floating one.
        RuntimeError
            If the tensor is the result of an op and `requires_grad` is False.
        """
        if requires_grad and not np.issubdtype(self._data.dtype, np.floating):
            raise TypeError(
                f"only floating tensors can require a gradient, this one is {self._data.dtype}: "
                f"create it with tensor(data, dtype=numpy.float32)"
            )
        if not requires_grad and self.node is not None:
            raise RuntimeError(
                f"requires_grad can only be switched off on a leaf, this tensor is the result of "
                f"'{self.node.op.name}': use t.detach()"
            )
        self._requires_grad = requires_grad
        return self

    def register_hook(self, hook: Hook) -> HookHandle:
        """Call a function with the gradient of this tensor whenever one is computed.

        Parameters
        ----------
        hook
            Takes the gradient (a Tensor or RowSparse); returns None, or a gradient to use
            instead. The gradient is complete, summed over all paths, when the hooks are called.

        Returns
        -------
        HookHandle
            Its ``remove()`` removes the hook.

        Examples
        --------
        >>> import tinygrad_w2v as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([20., 40.])
        """
        if not self._requires_grad:
            raise RuntimeError(
                "register_hook: this tensor does not require a gradient, so it gets none: "
                "make it with requires_grad=True"
            )
        holder = self.node or self
        hooks = holder.hooks
        if hooks is None:
            hooks = holder.hooks = []
        hooks.append(hook)
        return HookHandle(hooks, hook)

    def retain_grad(self) -> None:
        """Store the gradient of this intermediate tensor in `grad`, as for a leaf."""
        if self.node is not None:
            self.register_hook(_adding_to_grad_of(self))

    def bump_version(self) -> None:
        """Count a change of `data` in place, so that the backward walk can detect it."""
        self.version += 1
        invalidate(self.node)

    def share_memory_(self) -> Self:
        """Move the values to memory that is shared with processes forked later; return the tensor.

        A change made by one process is visible to all of them.
        """
        if not is_shared(self._data):
            shared = shared_array(self._data.shape, self._data.dtype)
            shared[...] = self._data
            self._data = shared
        return self

    def detach(self) -> Tensor:
        """Return a tensor that shares the values and is not part of any graph."""
        return Tensor(self)

    def detach_(self) -> Self:
        """Remove the tensor from its graph; it becomes a leaf. Return the tensor."""
        self.node, self._requires_grad = None, False
        return self

    @property
    def grad_fn(self) -> GradFn | None:
        """The recorded call that computed the tensor; None for a leaf."""
        return None if self.node is None else GradFn(self.node)

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user rather than by a recorded op."""
        return self.node is None

    # --- NumPy and Python protocols -------------------------------------------------------------

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> Size | int:
        """Return the sizes of the axes, or the size of one axis."""
        return self.shape if dim is None else self._data.shape[dim]

    def numpy(self, *, force: bool = False) -> Array:
        """Return the values as an array that shares memory with the tensor.

        Raises
        ------
        RuntimeError
            If the tensor requires a gradient, which would be lost, unless `force` is True.
        """
        if self._requires_grad and not force:
            raise RuntimeError(
                "a tensor that requires a gradient was converted to a NumPy array, which has none: "
                "use t.detach().numpy() for its values, tg.stack([...]) for a list of tensors, or "
                "a function that has an op"
            )
        return self._data

    def item(self) -> Any:
        """Return the single value as a Python number."""
        if self._data.size != 1:
            raise ValueError(
                f"item() needs a tensor of one value, this one has shape {self.shape}: "
                f"index it first, or use tolist()"
            )
        return self._data.item()

    def tolist(self) -> Any:
        """Return the values as nested Python lists."""
        return self._data.tolist()

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        # NumPy 2's three-way copy: None means "only if needed".
        if copy is None:
            return np.asarray(self.numpy(), dtype=dtype)
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            op = dispatch.UFUNCS.get(ufunc)
            if op is not None:
                return op(*inputs)
        return dispatch.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> Any:
        return dispatch.call_function(function, args, options)

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("a tensor of shape () has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return self._data.__index__()

    def __pos__(self) -> Self:
        return self

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self._data.ndim else object.__format__(self, spec)

    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copy = type(self).__new__(type(self))
        Tensor.__init__(copy, self._data.copy(), requires_grad=self._requires_grad)
        memo[id(self)] = copy
        return copy

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self))
        for name in self.__getstate__()[1]:
            setattr(copied, name, getattr(self, name))
        if hasattr(self, "__dict__"):
            vars(copied).update(vars(self))
        return copied

    def __getstate__(self) -> tuple[Any, dict[str, Any]]:
        """Return the state to pickle: the values as a leaf, without the graph and the hooks."""
        slots = {"_data": self._data, "_requires_grad": self._requires_grad, "_grad": self._grad}
        return getattr(self, "__dict__", None), slots | {"node": None, "hooks": None, "version": 0}

    def __repr__(self) -> str:
        return text_of(self)


def _adding_to_grad_of(tensor: Tensor) -> Hook:
    """Return a hook that adds the gradient to the tensor's `grad`, as for a leaf."""
    reference = weakref.ref(tensor)  # the node must not hold a reference to its own output

    def accumulate(gradient: Any) -> None:
        target = reference()
        if target is not None:
            target.grad = gradient if target.grad is None else target.grad + gradient

    return accumulate


def from_op(data: Array, node: Node | None) -> Tensor:
    """Wrap the result of an op, without the checks of the constructor."""
    result = Tensor.__new__(Tensor)
    result._data = data
    result._grad = result.hooks = None
    result._requires_grad = node is not None
    result.node = node
    result.version = 0
    return result


def tensor(
    data: npt.ArrayLike | Tensor,
    dtype: npt.DTypeLike | None = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Create a tensor from numbers, lists or an array, always copying.

    As in PyTorch, Python floats become the default dtype (float32) and Python integers int64;
    arrays and NumPy scalars keep their dtype.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    >>> tg.tensor([1, 2]).dtype
    dtype('int64')
    """
    if device is not None or pin_memory:
        check_placement(device, pin_memory=pin_memory)
    values = array_from(data._data if isinstance(data, Tensor) else data, dtype)
    return Tensor(values, requires_grad=requires_grad)


RowSparse.as_tensor = Tensor


def operand(x: TensorLike) -> Any:
    """Return a Tensor unchanged, and anything else as an array."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def array_of(x: Any) -> Array:
    """Return the values of a Tensor, without its gradient, or of anything else as an array."""
    return x._data if isinstance(x, Tensor) else np.asarray(x)
