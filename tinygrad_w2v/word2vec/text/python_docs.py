"""The built-in text: the documentation of Python and NumPy on this machine, without a download.

Source files are parsed with `ast`, never executed.
"""

from __future__ import annotations

import ast
import inspect
import os
import platform
import re
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime import files

_FORMAT = 1  # increased whenever the same sources result in another text
_SKIPPED = {"test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__"}
_TOPICS = os.path.join("pydoc_data", "topics.py")

_MIN_WORDS = 3  # a shorter paragraph is a heading or a name
_RULER = re.compile(r"\s*[-=~^*+#_.`\"']{3,}\s*$")
_BULLET = re.compile(r"\s*[-*•] ")
# A row of a table: bars or plus signs at both ends, or three columns separated by spaces.
_TABLE = re.compile(r"\s*[|+].*[|+]\s*$|.*\S {3,}\S.* {3,}\S")
_NOT_PROSE = re.compile(r"\s*(\.\. |@|\$ )|.*::=")
_MARKUP = re.compile(r"\w+://\S+|:[a-z:+]+:(?=`)|\S+@\S+")
# Dots, hyphens and apostrophes inside names stay: numpy.array, built-in, isn't, __init__.
_WORD = re.compile(r"[^\W\d]\w*(?:[.'-][^\W\d]\w*)*")


def python_docs_path(
    progress: Callable[[int, int], None] | None = None,
    cache_directory: str | os.PathLike[str] | None = None,
) -> Path:
    """Return a text file of the documentation of Python and NumPy, created by the first call.

    It holds the docstrings of the standard library and of NumPy and the topics of ``help()`` in
    lower case, one paragraph per line: about 500,000 words, of which about 5,000 distinct ones
    occur five times or more. Creating it takes a few seconds.

    Parameters
    ----------
    progress
        Called with the number of source files read so far and their total number.
    cache_directory
        Folder of the text; by default :func:`tinygrad_w2v.runtime.files.cache_directory`.

    Raises
    ------
    InputError
        If this Python has no source files, or the text cannot be written.
    """
    folder = Path(cache_directory or files.cache_directory())
    versions = f"{platform.python_version()}-numpy-{np.__version__}"
    path = folder / f"python-docs-{_FORMAT}-{versions}.txt"
    if path.is_file():
        return path
    files.make_cache_folder(folder)
    roots = [Path(sysconfig.get_path("stdlib")), Path(np.__file__).parent]
    lines = list(_lines(roots, progress))
    if not lines:
        raise InputError(
            f"this Python has no source files with documentation in {roots[0]}; give a text file "
            "of your own"
        )
    files.write_text(path, (f"{line}\n" for line in lines))
    return path


def _lines(roots: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[str]:
    """Yield the paragraphs of every docstring below the folders, each docstring once."""
    sources = [source for root in roots for source in _source_files(root)]
    seen: set[str] = set()
    for number, source in enumerate(sources, start=1):
        for text in _documentation(source):
            if text not in seen:
                seen.add(text)
                yield from sentences(text)
        if progress is not None:
            progress(number, len(sources))


def _source_files(root: Path) -> Iterator[Path]:
    for parent, children, names in os.walk(root):
        children[:] = sorted(child for child in children if child not in _SKIPPED)
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))


def _documentation(file: Path) -> Iterator[str]:
    """Yield the documentation in a source file; none if it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in string literals
            tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    is_topics = str(file).endswith(_TOPICS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "add_newdoc":
            # NumPy documents its C functions by calls of this function.
            yield from map(inspect.cleandoc, _strings(node.args[2:]))
        elif is_topics and isinstance(node, ast.Dict):
            yield from _strings(node.values)


def _strings(nodes: list[ast.expr]) -> Iterator[str]:
    for parent in nodes:
        for node in ast.walk(parent):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def sentences(docstring: str) -> Iterator[str]:
    r"""Yield the paragraphs and list items of a docstring as lower-case words, without code.

    Examples
    --------
    >>> list(sentences("Return the sum.\n\n>>> add(1, 2)\n3\n\nLike `numpy.sum`, but slow."))
    ['return the sum', 'like numpy.sum but slow']
    """
    for paragraph in _paragraphs(docstring.expandtabs().split("\n")):
        words = _WORD.findall(_MARKUP.sub(" ", paragraph).lower())
        if len(words) >= _MIN_WORDS:
            yield " ".join(words)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    paragraph: list[str] = []
    in_doctest = False
    literal_indent: int | None = None  # of the line whose "::" begins a literal block
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
        if not (skipped or _TABLE.match(line) or _NOT_PROSE.match(line)):
            paragraph.append(text)
            if text.endswith("::"):
                literal_indent = indent
