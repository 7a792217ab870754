"""Sequences of different lengths: padded, and packed without the padding, as in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor, array_of, operand, tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F


class PackedSequence(NamedTuple):
    """Sequences without padding, for recurrent layers: made by :func:`pack_padded_sequence`.

    Attributes
    ----------
    data : (sum of the lengths, ...)
        The values of all sequences at the first time, then at the second, and so on; at each time
        the longest sequence is the first.
    batch_sizes : (T,)
        The number of sequences that have a value at each time.
    sorted_indices, unsorted_indices : (N,) or None
        The order from the longest to the shortest, and back. None: sequences were sorted.
    """

    data: Any
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    def to(self, *args: Any, **options: Any) -> PackedSequence:
        """Return the sequences with :meth:`Tensor.to` applied to the data."""
        return self._replace(data=self.data.to(*args, **options))

    def cpu(self) -> PackedSequence:
        """Return the sequences unchanged."""
        return self

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False


class Layout(NamedTuple):
    """Where the values of packed sequences are in a padded batch.

    Attributes
    ----------
    active : (T, N) booleans
        Whether a sequence has a value at a time; sequences are sorted.
    position : (T, N) integers
        The position of the value in the packed data; 0 where there is none.
    """

    active: Array
    position: Array

    @classmethod
    def of(cls, batch_sizes: TensorLike) -> Layout:
        """Return the layout of sequences with these batch sizes."""
        sizes = array_of(batch_sizes)
        ranks = np.arange(int(sizes[0]) if len(sizes) else 0)
        active = ranks < sizes[:, None]
        starts = np.cumsum(sizes) - sizes
        return cls(active, np.where(active, starts[:, None] + ranks, 0))

    def pad(self, data: Any, padding_value: float = 0.0) -> Any:
        """Return packed data, (L, ...), as (T, N, ...)."""
        padded = data[self.position]
        if self.active.all():
            return padded
        mask = self.active.reshape(self.active.shape + (1,) * (padded.ndim - 2))
        return np.where(mask, padded, np.asarray(padding_value, padded.dtype))

    def pack(self, padded: Any) -> Any:
        """Return a padded batch, (T, N, ...), as (L, ...)."""
        return padded[self.active.nonzero()]


def invert_permutation(permutation: TensorLike | None) -> Tensor | None:
    """Return the permutation that undoes another; None for None."""
    return None if permutation is None else Tensor(np.argsort(array_of(permutation)))


def pack_padded_sequence(
    input: TensorLike,
    lengths: TensorLike,
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Return padded sequences without the padding.

    Parameters
    ----------
    input : (T, N, ...)
        Padded sequences; (N, T, ...) with `batch_first`.
    lengths : (N,) integers
        Length of each sequence, within 1 to T.
    batch_first
        Whether the first axis of the input is that of the batch.
    enforce_sorted
        Whether to require sequences sorted from the longest to the shortest. False sorts them.

    Examples
    --------
    >>> import numpy as np
    >>> packed = pack_padded_sequence(np.array([[1, 4], [2, 5], [3, 0]]), [3, 2])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 4, 2, 5, 3], [2, 2, 1])
    """
    padded: Any = operand(input)
    padded = padded if isinstance(padded, Tensor) else Tensor(padded)
    if batch_first:
        padded = np.swapaxes(padded, 0, 1)
    sizes, order = array_of(lengths), None
    steps, count = padded.shape[:2]
    if sizes.shape != (count,) or (sizes < 1).any() or (sizes > steps).any():
        raise InputError(
            f"pack_padded_sequence: lengths are {sizes.tolist()}: there must be {count}, each "
            f"within 1 to {steps}"
        )
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes, padded = sizes[order], padded[:, order]
    elif (np.diff(sizes) > 0).any():
        raise InputError(
            f"pack_padded_sequence: lengths {sizes.tolist()} are not in decreasing order: sort the "
            f"sequences, or pass enforce_sorted=False"
        )
    active = np.arange(int(sizes.max(initial=0)))[:, None] < sizes
    indices = None if order is None else Tensor(order)
    data = padded[active.nonzero()]
    return PackedSequence(data, Tensor(active.sum(axis=1)), indices, invert_permutation(indices))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Tensor]:
    """Return packed sequences as a padded batch in the original order, and their lengths.

    Parameters
    ----------
    sequence
        As returned by :func:`pack_padded_sequence`.
    batch_first
        Whether to return (N, T, ...) instead of (T, N, ...).
    padding_value
        The value of the padding.
    total_length
        T; by default the longest length.
    """
    layout = Layout.of(sequence.batch_sizes)
    steps, lengths = len(layout.active), layout.active.sum(axis=0)
    if total_length is not None:
        if total_length < steps:
            raise InputError(
                f"pad_packed_sequence: total_length is {total_length}: the longest sequence has "
                f"{steps}"
            )
        more = ((0, total_length - steps), (0, 0))
        layout = Layout(*(np.pad(part, more) for part in layout))
    padded = layout.pad(sequence.data, padding_value)
    if sequence.unsorted_indices is not None:
        order = array_of(sequence.unsorted_indices)
        padded, lengths = padded[:, order], lengths[order]
    return (np.swapaxes(padded, 0, 1) if batch_first else padded), Tensor(lengths)


def pad_sequence(
    sequences: Sequence[Any],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: Literal["right", "left"] = "right",
) -> Any:
    """Return sequences of different lengths, (T_i, ...) each, as a padded batch (T, N, ...).

    Parameters
    ----------
    sequences
        Tensors that differ at most in their first size.
    batch_first
        Whether to return (N, T, ...).
    padding_value
        The value of the padding.
    padding_side
        ``"right"`` or ``"left"``.

    Examples
    --------
    >>> import numpy as np
    >>> pad_sequence([np.array([1, 2, 3]), np.array([4])], batch_first=True).tolist()
    [[1, 2, 3], [4, 0, 0]]
    """
    if padding_side not in ("right", "left"):
        raise InputError(f"padding_side is {padding_side!r}: use 'right' or 'left'")
    items = [x if isinstance(x, Tensor) else tensor(x) for x in sequences]
    lengths = np.array([len(x) for x in items])
    times = np.arange(int(lengths.max(initial=0)))[:, None]
    if padding_side == "left":
        times = times - (len(times) - lengths)
    active = (times >= 0) & (times < lengths)
    position = np.where(active, np.cumsum(lengths) - lengths + times, 0)
    padded = Layout(active, position).pad(F.cat(items), padding_value)
    return np.swapaxes(padded, 0, 1) if batch_first else padded


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Return a list of sequences, (T_i, ...) each, packed; see :func:`pack_padded_sequence`."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpad_sequence(
    padded_sequences: TensorLike, lengths: TensorLike, batch_first: bool = False
) -> list[Any]:
    """Return the sequences in a padded batch as a list, without the padding."""
    padded: Any = operand(padded_sequences)
    if not batch_first:
        padded = np.swapaxes(padded, 0, 1)
    return [padded[i, : int(size)] for i, size in enumerate(array_of(lengths))]


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """Return packed sequences as a list of sequences, in the original order."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
