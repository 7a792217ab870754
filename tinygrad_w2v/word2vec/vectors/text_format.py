"""The rows of word2vec's text format: each line has a word and its D numbers, ``the 0.12 -0.4``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.words import LONGEST_WORD

_BLOCK_VALUES = 1 << 19
_BLOCK_BYTES = 1 << 23
_EXCERPT_BYTES = 40
_LONGEST_NUMBER = 32


def write_rows(
    file: BinaryIO,
    words: Sequence[str] | None,
    vectors: npt.NDArray[np.float32],
    separator: str = " ",
) -> None:
    """Write a line for each word; every number is read as the same float32 again.

    Without `words`, the lines have only numbers.
    """
    dim = vectors.shape[1]
    line = separator.join(["%.9g"] * dim) + "\n"
    block = max(1, _BLOCK_VALUES // dim)
    for start in range(0, len(vectors), block):
        rows = [line % tuple(row) for row in _shortened(vectors[start : start + block]).tolist()]
        if words is not None:
            pairs = zip(words[start : start + block], rows, strict=True)
            rows = [f"{word}{separator}{row}" for word, row in pairs]
        file.write("".join(rows).encode())


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


def longest_line(dim: int) -> int:
    """Return the largest number of bytes in a line that is read."""
    return LONGEST_WORD + _LONGEST_NUMBER * dim


def numbers_after_word(line: bytes) -> int:
    """Return the number D of values in a line: the numbers that end it, besides its word."""
    values = line.split()[1:]
    words = [place for place, value in enumerate(values, 1) if not is_number(value)]
    return len(values) - max(words, default=0)


def read_rows(
    file: BinaryIO, matrix: npt.NDArray[np.float32], count: int, source: str, pending: bytes = b""
) -> tuple[list[bytes], bytes]:
    """Fill `matrix` from the lines after the header; return the words, and what follows the rows.

    There are fewer words than `count` if the file ends early. `matrix` grows in place if needed.
    Blank lines are skipped. InputError names `source`, the line and the value if a line does not
    have a number for each column. `pending` is the first line of a file without a header.
    """
    dim = matrix.shape[1]
    words: list[bytes] = []
    number = 1 if pending else 2
    expected = f"the {'first line has' if pending else 'header states'} {dim}"
    while lines := _read_lines(file, dim, number, source, pending):
        rows = [line for line in lines if not line.isspace()]
        rows, rest = rows[: count - len(words)], rows[count - len(words) :]
        is_complete = lines[-1].endswith(b"\n") or lines[-1].count(b" ") >= dim
        if rows and not rest and not is_complete and not lines[-1].isspace() and not pending:
            return words + [b""] * (len(rows) - 1), b""  # the last line is cut off
        pending = b""
        if rows:
            try:
                found, values = _words_and_values(rows, dim)
            except ValueError as error:
                _raise_for_bad_line(lines, number, dim, source, expected)
                last = number + len(lines) - 1
                raise InputError(f"{source}, lines {number} to {last}: {error}") from error
            start, stop = len(words), len(words) + len(rows)
            if stop > len(matrix):
                matrix.resize((max(stop, 2 * len(matrix)), dim), refcheck=False)
            matrix[start:stop] = values
            words += found
        if rest:
            return words, b"".join(rest)
        number += len(lines)
    return words, b""


def _words_and_values(rows: list[bytes], dim: int) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    """Return the words of the lines, and their numbers (rows, dim)."""
    parts = [line.partition(b" ") for line in rows]
    try:
        return [word for word, _, _ in parts], _parsed([values for _, _, values in parts], dim)
    except ValueError:  # a word may contain spaces
        split = [_split(line, dim) for line in rows]
        return [word for word, _ in split], _parsed([values for _, values in split], dim)


def _split(line: bytes, dim: int) -> tuple[bytes, bytes]:
    """Return the word and the numbers of a line.

    The last `dim` fields are the numbers. The fields before them are a word with spaces, unless one
    of them after the first is a number: then the line has too many numbers.
    """
    word, *numbers = line.rstrip().rsplit(b" ", dim)
    if any(map(is_number, word.split()[1:])) or len(numbers) != dim:
        word, _, values = line.partition(b" ")
        return word, values
    return word, b" ".join(numbers)


def _read_lines(
    file: BinaryIO, dim: int, number: int, source: str, pending: bytes = b""
) -> list[bytes]:
    """Return the lines of a block, with their ends; the first has the number `number`."""
    longest = longest_line(dim)
    lines = [pending] if pending else []
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


def _raise_for_bad_line(
    lines: list[bytes], first: int, dim: int, source: str, expected: str
) -> None:
    """Raise InputError for the first malformed line; `first` is the number of ``lines[0]``."""
    for number, line in enumerate(lines, first):
        word, numbers = _split(line.rstrip(), dim)
        values = [value for value in numbers.split(b" ") if value]
        bad = next((value for value in values if not is_number(value)), None)
        if line.isspace() or (len(values) == dim and bad is None):
            continue
        found = (
            f"{excerpt(word)} is followed by {len(values)} values, but {expected}"
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
