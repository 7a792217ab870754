"""Random numbers: the default generator, its seed and its state, as in ``torch.random``.

After ``manual_seed(s)`` the numbers are those of PyTorch on the CPU: uniform values, integers and
permutations to the bit, normal values within a few units in the last place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.random.generator import Generator as Generator
from tinygrad_w2v.random.generator import default_generator as default_generator


def manual_seed(seed: int) -> Generator:
    """Seed the default generator and return it.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> generator = tg.manual_seed(0)
    >>> tg.randint(10, (4,))
    tensor([4, 9, 3, 0])
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the operating system's random numbers; return the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """Return the seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Return the state of the default generator, as bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the state of the default generator."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(
    devices: Iterable[object] = (), enabled: bool = True, device_type: str = "cpu"
) -> Iterator[None]:
    """Restore the state of the default generator at the end of the block."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
