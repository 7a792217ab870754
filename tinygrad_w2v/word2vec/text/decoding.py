"""From bytes to text: UTF-8 in pieces, with the exact place of a byte that is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, cast, get_args

from tinygrad_w2v.errors import InputError

ErrorPolicy = Literal["strict", "replace", "ignore"]

_BOM = b"\xef\xbb\xbf"


def error_policy(errors: str) -> ErrorPolicy:
    """Return `errors`, or raise InputError if it is not a policy there is."""
    if errors not in get_args(ErrorPolicy):
        raise InputError(f"errors must be strict, replace or ignore, found {errors!r}")
    return cast("ErrorPolicy", errors)


def decoded(pieces: Iterable[bytes], name: str, errors: ErrorPolicy) -> Iterator[str]:
    """Yield each piece of a file as text, without a byte order mark at the start.

    Parameters
    ----------
    pieces
        The file's bytes, cut only after ASCII characters, so that no character is torn.
    name
        What the file is called in a message.
    errors
        What to do with bytes that are not UTF-8.

    Raises
    ------
    InputError
        At the first undecodable byte, if `errors` is ``"strict"``.
    """
    offset = lines = line_start = 0
    for piece in pieces:
        bom = len(_BOM) if offset == 0 and piece.startswith(_BOM) else 0
        try:
            yield str(memoryview(piece)[bom:], "utf-8", errors)
        except UnicodeDecodeError as error:
            at = error.start + bom
            line = lines + piece.count(b"\n", 0, at) + 1
            newline = piece.rfind(b"\n", 0, at)
            start = offset + newline + 1 if newline >= 0 else line_start
            raise InputError(
                f"{name}, line {line}, byte {offset + at - start + 1} of the line (offset "
                f"{offset + at} in the file): 0x{piece[at]:02x} is not UTF-8; convert the file "
                'to UTF-8, or use --errors replace (errors="replace")'
            ) from error
        lines += piece.count(b"\n")
        newline = piece.rfind(b"\n")
        if newline >= 0:
            line_start = offset + newline + 1
        offset += len(piece)
