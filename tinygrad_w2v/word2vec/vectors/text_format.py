"""The rows of word2vec's text format: each line has a word and its D numbers, ``the 0.12 -0.4``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError

_BLOCK_VALUES = 1 << 19
_BLOCK_BYTES = 1 << 23
_EXCERPT_BYTES = 40
LONGEST_WORD = 1 << 20
"""Bytes of a word in a file, in either format."""

_LONGEST_NUMBER = 32


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write a line for each word; every number is read as the same float32 again."""
    dim = vectors.shape[1]
    line = "%s " + " ".join(["%.9g"] * dim) + "\n"
    block = max(1, _BLOCK_VALUES // dim)
    for start in range(0, len(words), block):
        rows = _shortened(vectors[start : start + block]).tolist()
        pairs = zip(words[start : start + block], rows, strict=True)
        file.write("".join([line % (word, *row) for word, row in pairs]).encode())


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


def least_bytes(dim: int) -> int:
    """Return the size of the shortest row: ``a 0 0``, where the last one has no line end."""
    return 2 * dim + 1


def read_rows(
    file: BinaryIO, matrix: npt.NDArray[np.float32], count: int, source: str
) -> tuple[list[bytes], bytes]:
    """Fill `matrix` from the lines after the header; return the words, and what follows the rows.

    There are fewer words than `count` if the file ends early; `matrix` may have fewer rows, if the
    file is too short for more. Blank lines are skipped. InputError names `source`, the line and the
    value if a line does not have a number for each column.
    """
    words: list[bytes] = []
    line_number = 2
    while lines := _read_lines(file, matrix.shape[1], line_number, source):
        parts = [line.partition(b" ") for line in lines if not line.isspace()]
        start, stop = len(words), len(words) + len(parts)
        words += [word for word, _, _ in parts]
        if stop > count:
            return words, b"".join(b"".join(part) for part in parts[count - start :])
        last = lines[-1].rstrip()
        if last and not lines[-1].endswith(b"\n") and last.count(b" ") < matrix.shape[1]:
            return words[:-1], b""  # this line is cut off
        if parts:
            try:
                matrix[start:stop] = _parsed([values for _, _, values in parts], matrix.shape[1])
            except ValueError as error:
                _raise_for_bad_line(lines, line_number, matrix.shape[1], source)
                end = line_number + len(lines) - 1
                raise InputError(f"{source}, lines {line_number} to {end}: {error}") from error
        line_number += len(lines)
    return words, b""


def _read_lines(file: BinaryIO, dim: int, number: int, source: str) -> list[bytes]:
    """Return the lines of a block, with their ends; the first has the number `number`."""
    longest = LONGEST_WORD + _LONGEST_NUMBER * dim
    lines: list[bytes] = []
    size = 0
    while size < _BLOCK_BYTES and (line := file.readline(longest + 1)):
        if len(line) > longest:
            raise InputError(
                f"{source}, line {number + len(lines):,}: it is longer than {longest:,} bytes, "
                f"which {dim} numbers are not; train or copy the file again"
            )
        lines.append(line)
        size += len(line)
    return lines


def _parsed(rows: list[bytes], dim: int) -> npt.NDArray[np.float32]:
    """Parse all rows at once, shape (rows, dim); raise ValueError if they are malformed."""
    if not rows[0].strip():  # loadtxt skips blank rows, and warns when there are no others
        raise ValueError("a word has no numbers")
    values = np.loadtxt(rows, np.float32, comments=None, ndmin=2)
    if values.shape != (len(rows), dim):  # an assignment would broadcast a single column or row
        raise ValueError(f"found numbers of shape {values.shape}, expected {(len(rows), dim)}")
    return values


def _raise_for_bad_line(lines: list[bytes], first: int, dim: int, source: str) -> None:
    """Raise InputError for the first malformed line; `first` is the number of ``lines[0]``."""
    for number, line in enumerate(lines, first):
        word, *values = line.rstrip().split(b" ")
        values = [value for value in values if value]
        bad = next((value for value in values if not is_number(value)), None)
        if line.isspace() or (len(values) == dim and bad is None):
            continue
        found = (
            f"{excerpt(word)} is followed by {len(values)} values, but the header states {dim}"
            if len(values) != dim or bad is None
            else f"the value {excerpt(bad)} of {excerpt(word)} is not a number"
        )
        raise InputError(
            f"{source}, line {number:,}: {found}; correct the line, or train or copy the file again"
        )


def is_number(value: bytes) -> bool:
    """Return whether `value` is a number in the formats, which unlike Python exclude ``1_000``."""
    try:
        float(value)
    except ValueError:
        return False
    return b"_" not in value


def excerpt(raw: bytes) -> str:
    """Return the beginning of `raw` as a quoted, printable string."""
    text = raw[:_EXCERPT_BYTES].decode("utf-8", errors="replace").rstrip("\r\n")
    return repr(text) + ("..." if len(raw) > _EXCERPT_BYTES else "")
