"""The rows of word2vec's text format: each line has a word and its D numbers.

    the 0.12 -0.4 0.33
    of 0.2 0.1 -0.07

The header and the handling of files are in :mod:`tinygrad_w2v.word2vec.vectors.formats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors.format_errors import excerpt, surplus, truncated

_BLOCK_VALUES = 1 << 19
_BLOCK_BYTES = 1 << 23
_HEADER_LINES = 1


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write a line for each word; every number is read as the same float32 again."""
    dim = vectors.shape[1]
    line = "%s " + " ".join(["%.9g"] * dim) + "\n"
    block = max(1, _BLOCK_VALUES // dim)
    for start in range(0, len(words), block):
        rows = _shortened(vectors[start : start + block]).tolist()
        lines = [
            line % (word, *row)
            for word, row in zip(words[start : start + block], rows, strict=True)
        ]
        file.write("".join(lines).encode())


def _shortened(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Round each value to the fewest digits, from 6 to 9, that are read as the same float32.

    Nine significant digits distinguish all float32; most need fewer, and ``%.9g`` drops the zeros.
    The power of ten is limited to those that are exact in float64 (1 to 1e22), so that the quotient
    is the float64 that a reader computes from the digits; values above a million may have one digit
    more than necessary.
    """
    exact = values.astype(np.float64)
    exponent = np.floor(np.log10(np.abs(np.where(exact == 0, 1, exact))))
    shortest = exact
    for digits in (8, 7, 6):
        power = 10.0 ** np.clip(digits - 1 - exponent, 0, 22)
        rounded = np.rint(exact * power) / power
        shortest = np.where(rounded.astype(np.float32) == values, rounded, shortest)
    return shortest


def read_rows(file: BinaryIO, matrix: npt.NDArray[np.float32], source: str) -> list[bytes]:
    """Fill `matrix` from the lines after the header and return the words; skip blank lines.

    Raises
    ------
    InputError
        If there are fewer or more lines than rows, or a line does not have one number for each
        column; names `source`, the line and its content.
    """
    words: list[bytes] = []
    line_number = _HEADER_LINES + 1
    while lines := file.readlines(_BLOCK_BYTES):
        parts = [line.partition(b" ") for line in lines if not line.isspace()]
        start, stop = len(words), len(words) + len(parts)
        if stop > len(matrix):
            rest = b"".join(b"".join(part) for part in parts[len(matrix) - start :])
            raise surplus(source, matrix.shape, rest)
        if parts:
            try:
                matrix[start:stop] = _parsed([values for _, _, values in parts], matrix.shape[1])
            except ValueError as error:
                _raise_for_bad_line(lines, line_number, start, matrix.shape, source)
                last = line_number + len(lines) - 1
                raise InputError(f"{source}, lines {line_number} to {last}: {error}") from error
        words += [word for word, _, _ in parts]
        line_number += len(lines)
    if len(words) < len(matrix):
        raise truncated(source, matrix.shape, len(words) + 1)
    return words


def _parsed(rows: list[bytes], dim: int) -> npt.NDArray[np.float32]:
    """Parse all rows at once, shape (rows, dim); raise ValueError if they are malformed."""
    if not rows[0].strip():  # loadtxt skips blank rows, and warns when there are no others
        raise ValueError("a word has no numbers")
    values = np.loadtxt(rows, np.float32, comments=None, ndmin=2)
    if values.shape != (len(rows), dim):  # an assignment would broadcast a single column or row
        raise ValueError(f"found numbers of shape {values.shape}, expected {(len(rows), dim)}")
    return values


def _raise_for_bad_line(
    lines: list[bytes], line_number: int, number: int, shape: tuple[int, int], source: str
) -> None:
    """Raise InputError for the first of `lines` that is malformed."""
    for offset, line in enumerate(lines):
        if line.isspace():
            continue
        number += 1
        place = f"{source}, line {line_number + offset:,}"
        word, *values = line.rstrip().split(b" ")
        values = [value for value in values if value]
        if len(values) < shape[1] and not line.endswith(b"\n"):
            raise truncated(source, shape, number)
        if len(values) != shape[1]:
            raise InputError(
                f"{place}: {excerpt(word)} is followed by {len(values)} values, but the "
                f"header states {shape[1]}; correct the line, or train or copy the file again"
            )
        for value in values:
            if not is_number(value):
                raise InputError(
                    f"{place}: the value {excerpt(value)} of {excerpt(word)} is not "
                    "a number; correct the line, or train or copy the file again"
                )


def is_number(value: bytes) -> bool:
    """Return whether `value` is a number in the formats, which unlike Python exclude ``1_000``."""
    try:
        float(value)
    except ValueError:
        return False
    return b"_" not in value
