"""Seeded random changes of files and plain data, and the check of the readers of such files."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import json
import math
import re
import signal
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import META

FLOOR = 60_000_000  # bytes: the limit for small compressed files

VALUES: list[Any] = [
    *(None, True, 0, -1, 3, 255, 2**31, 2**63, 10**30, 10**400, -(10**30), 0.5, -0.0, 1e308),
    *(math.nan, math.inf, "", "x", "\x00", "é" * 50, "a" * 10_000, "os:system", "float64", "i4"),
    *([], [0], [[]], [1] * 1000, {}, {"type": "ReLU"}, {"type": "Linear"}, {"type": 3}),
    *({"type": "Linear", "in_features": 60_000, "out_features": 60_000}, {"a": {"b": [None]}}),
    *({"type": "RNN", "input_size": 1, "hidden_size": 1, "num_layers": 10**9}, [0, 1, "a", None]),
    {"type": "UnigramSampler", "counts": 10**12},
]
SIZES = [0, 1, 255, 0xFFFF, 2**31 - 1, 2**32 - 1]
TOKENS = [
    *(
        b"",
        b"\0",
        b"\n",
        b"\r",
        b"\t",
        b" ",
        b"\xff",
        b"\xef\xbb\xbf",
        "東".encode(),
        b"nan",
        b"-inf",
    ),
    *(
        b"1e999",
        b"-1e-999",
        b"0x10",
        b"1_0",
        b"-1",
        b"0",
        b"2",
        b"9" * 30,
        b"9" * 5000,
        b"0" * 5000,
    ),
    *(b"[", b"[[", b"]", b"{", b"=", b'"', b"'" * 3, b"#", b":", b": a", b"1" + b"0" * 19, b"true"),
    *(
        "東".encode(),
        b"0" * 5000,
        b"a" * 2000,
        b"[" * 3000,
        b"1.5",
        b"4294967296",
        b"9223372036854775808",
        b"\xed\xa0\x80",
    ),
]


def damaged_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with some bytes changed, removed, repeated or moved."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(len(changed) + 1))
        length = int(rng.integers(1, 64))
        kind = int(rng.integers(6))
        if kind == 0:
            for at in rng.integers(max(1, len(changed)), size=4):
                changed[at : at + 1] = bytes([int(rng.integers(256))])
        elif kind == 1:
            del changed[place:]
        elif kind == 2:
            del changed[place : place + length]
        elif kind == 3:
            changed[place:place] = changed[place : place + length]
        elif kind == 4:
            changed[place:place] = rng.bytes(length)
        else:
            size = int(rng.choice([2, 4, 8]))
            value = int(rng.choice(SIZES)) % 256**size
            changed[place : place + size] = value.to_bytes(size, "little")
    return bytes(changed)


def damaged_json(meta: Any, rng: np.random.Generator) -> Any:
    """Return JSON with a value replaced, removed or added somewhere."""
    if isinstance(meta, dict | list) and meta and rng.random() < 0.85:
        keys = list(meta) if isinstance(meta, dict) else list(range(len(meta)))
        key = keys[int(rng.integers(len(keys)))]
        changed = meta.copy()
        change = rng.random()
        if change < 0.1:
            del changed[key]
        elif change < 0.2 and isinstance(changed, dict):
            changed[str(rng.choice(["a", "type", "rng", "self", "x.y"]))] = some_value(rng)
        else:
            changed[key] = damaged_json(meta[key], rng)
        return changed
    return some_value(rng)


def some_value(rng: np.random.Generator) -> Any:
    return VALUES[int(rng.integers(len(VALUES)))]


@functools.lru_cache(maxsize=16)
def arrays_of(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data)) as archive:
        return dict(archive)


def with_meta(ending: str, data: bytes, change: Callable[[Any], Any]) -> bytes:
    """Return a file with its JSON changed."""
    if ending == ".npz":
        arrays = arrays_of(data).copy()
        text = json.dumps(change(json.loads(arrays.pop(META).tobytes())))
        encoded = np.frombuffer(text.encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, **arrays, **{META: encoded})
        return file.getvalue()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    meta = header["__metadata__"]
    meta[META] = json.dumps(change(json.loads(meta[META])))
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def damaged_tokens(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a text with one to three tokens replaced, or its lines in another order."""
    parts = re.split(rb"([\s=,\[\]]+)", data)
    for _ in range(int(rng.integers(1, 4))):
        parts[int(rng.integers(len(parts)))] = TOKENS[int(rng.integers(len(TOKENS)))]
    changed = b"".join(parts)
    if rng.random() < 0.1:
        lines = changed.split(b"\n")
        rng.shuffle(lines)
        changed = b"\n".join(lines)
    return changed


class TookTooLongError(BaseException):
    """No reader catches this."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise an error in a block that takes more processor time."""

    def fail(number: int, frame: object) -> None:
        raise TookTooLongError

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def count_refused(
    read: Callable[[Path], object], path: Path, contents: Iterable[bytes], most_message: int
) -> int:
    """Read each content from a file and return how many were refused.

    A file must be read or end in an InputError of one line, within 5 s of processor time and
    FLOOR bytes of memory plus twice its size. Another one is left as "failed".
    """
    refused, message = 0, ""
    gc.collect()
    gc.freeze()  # what exists now need not be visited by each collection of a training
    tracemalloc.start()
    try:
        for content in contents:
            path.unlink(missing_ok=True)  # to truncate a file would wait for the disk
            path.write_bytes(content)
            tracemalloc.reset_peak()
            try:
                with at_most(5), np.errstate(all="ignore"):
                    read(path)
            except InputError as error:
                refused += 1
                message = str(error)
            except BaseException as error:
                failed = path.with_name("failed")
                failed.write_bytes(content)
                raise AssertionError(f"{type(error).__name__} of {failed}") from error
            assert "\n" not in message
            assert len(message) < most_message
            assert tracemalloc.get_traced_memory()[1] < FLOOR + 2 * len(content)
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    return refused


needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGVTALRM"), reason="POSIX signals")
