"""Generator: the source of PyTorch's random numbers on the CPU, a Mersenne Twister.

Its 32-bit words are those of MT19937 with the seeding of Matsumoto and Nishimura's
``init_genrand``, which NumPy has as its legacy seeding. PyTorch derives all numbers from these
words; ``distributions`` repeats how.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.device import CPU, DeviceLike, check_placement, device
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError

_DEFAULT_SEED = 67280421310721
"""The seed of a new ``torch.Generator``."""

_WORDS = 624
_FEW = 64
"""Up to this number of words, ``random_raw`` is faster than ``randint``."""

# PyTorch's layout of the state. `next_normal` is the second normal value of a pair.
_STATE = np.dtype(
    [
        *(("seed", "<u8"), ("left", "<i4"), ("is_seeded", "<i4"), ("next", "<u8")),
        *(("words", "<u8", _WORDS), ("unused", "<f8"), ("next_normal", "<f8")),
        *(("unused_too", "<f8"), ("has_normal", "<i8"), ("float_normal", "<f8")),
    ]
)


class Generator:
    """A generator of random numbers that are equal to PyTorch's for the same seed.

    Parameters
    ----------
    device
        ``"cpu"``.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> generator = tg.Generator().manual_seed(0)
    >>> tg.rand(3, generator=generator)
    tensor([0.4963, 0.7682, 0.0885])
    """

    def __init__(self, device: DeviceLike = None) -> None:
        check_placement(device)
        self._seed = _DEFAULT_SEED
        self._source: Any = None
        self.next_normal: float | None = None

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Restart the sequence of numbers that belongs to a seed, and return the generator.

        Parameters
        ----------
        seed
            An integer from −2⁶³ to 2⁶⁴ − 1. The lower 32 bits determine the numbers.
        """
        number = int(seed)
        if not -(1 << 63) <= number < 1 << 64:
            raise InputError(f"seed is {seed}: it must be from -2**63 to 2**64 - 1")
        self._seed = number % (1 << 64)
        self._source = self.next_normal = None
        return self

    def seed(self) -> int:
        """Seed the generator from the operating system's random numbers; return the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed with which the sequence started."""
        return self._seed

    def words(self, count: int) -> Array:
        """Return the next `count` 32-bit words."""
        source = self._numpy()
        if count <= _FEW:
            raw: Array = source._bit_generator.random_raw(count)
            return raw.astype(np.uint32)
        words: Array = source.randint(0, 1 << 32, count, dtype=np.uint32)
        return words

    def _numpy(self) -> np.random.RandomState:
        if self._source is None:
            self._source = np.random.RandomState(np.random.MT19937())
            self._source._bit_generator._legacy_seeding(self._seed & 0xFFFFFFFF)
        source: np.random.RandomState = self._source
        return source

    # --- the state ------------------------------------------------------------------------------

    def get_state(self) -> Tensor:
        """Return the state as 5056 bytes, in PyTorch's layout."""
        state = self._numpy()._bit_generator.state["state"]
        record = np.zeros((), _STATE)
        record["seed"], record["is_seeded"] = self._seed, 1
        record["left"], record["next"] = _WORDS + 1 - state["pos"], state["pos"]
        record["words"] = state["key"]
        if self.next_normal is not None:
            record["next_normal"], record["has_normal"] = self.next_normal, 1
        return Tensor(np.frombuffer(record.tobytes(), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that :meth:`get_state` returned, here or in PyTorch."""
        data = np.ascontiguousarray(array_of(new_state))
        if data.dtype != np.uint8 or data.size != _STATE.itemsize:
            raise InputError(
                f"the state has {data.size} values of dtype {data.dtype}: it must be the "
                f"{_STATE.itemsize} bytes that get_state returns"
            )
        record = data.view(_STATE).reshape(())
        position = _WORDS + 1 - int(record["left"])
        if not 1 <= position <= _WORDS or not record["is_seeded"]:
            raise InputError("the state is not one that get_state returns: its counter is invalid")
        self._seed = int(record["seed"])
        self._numpy()._bit_generator.state = {
            "bit_generator": "MT19937",
            "state": {"key": record["words"].astype(np.uint32), "pos": position},
        }
        self.next_normal = float(record["next_normal"]) if record["has_normal"] else None
        return self

    def clone_state(self) -> Generator:
        """Return a generator that continues with the same numbers."""
        return Generator().set_state(self.get_state())

    def __getstate__(self) -> dict[str, Any]:
        return {"state": self.get_state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Generator.__init__(self)
        self.set_state(state["state"])


default_generator = Generator()
"""The generator of all functions that are called without one; seeded by the operating system."""

default_generator.seed()
