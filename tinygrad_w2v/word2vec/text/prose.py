"""The running text in a docstring, as lower-case words: no code, tables or rulers."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LEAST_WORDS = 3  # less is a heading or a lone name

_RULER = re.compile(r"\s*[-=~^*+#_.`\"']{3,}\s*$")
_BULLET = re.compile(r"\s*[-*•] ")
# A table's row: bars or plus signs on the outside, or three columns set apart by spaces.
_TABLE = re.compile(r"\s*[|+].*[|+]\s*$|.*\S {3,}\S.* {3,}\S")
_NO_PROSE = re.compile(r"\s*(\.\. |@|\$ )|.*::=")
_MARKUP = re.compile(r"\w+://\S+|:[a-z:+]+:(?=`)|\S+@\S+")
# Names keep their dots, hyphens and apostrophes: numpy.array, built-in, isn't, __init__.
_WORD = re.compile(r"[^\W\d]\w*(?:[.'-][^\W\d]\w*)*")


def sentences(docstring: str) -> Iterator[str]:
    r"""Yield the paragraphs and list items of a docstring, words with a space between them.

    Examples
    --------
    >>> list(sentences("Return the sum.\n\n>>> add(1, 2)\n3\n\nLike `numpy.sum`, but slow."))
    ['return the sum', 'like numpy.sum but slow']
    """
    for paragraph in _paragraphs(docstring.expandtabs().split("\n")):
        words = _WORD.findall(_MARKUP.sub(" ", paragraph).lower())
        if len(words) >= _LEAST_WORDS:
            yield " ".join(words)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    paragraph: list[str] = []
    in_doctest = False
    literal_indent: int | None = None  # of the line whose "::" announced a literal block
    for line in [*lines, ""]:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        in_doctest = bool(text) and (in_doctest or text.startswith(">>>"))
        if text and literal_indent is not None and indent <= literal_indent:
            literal_indent = None
        if _RULER.match(line):
            paragraph = paragraph[:-1]  # the line above is a heading
            continue
        if not text or in_doctest or _BULLET.match(line):
            yield " ".join(paragraph)
            paragraph = []
        skipped = in_doctest or literal_indent is not None
        if not (skipped or _TABLE.match(line) or _NO_PROSE.match(line)):
            paragraph.append(text)
            if text.endswith("::"):
                literal_indent = indent
