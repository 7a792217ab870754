"""The default text: the documentation of the Python and the NumPy on this machine.

It needs no download, is the same for the same versions, and whoever programs can judge the
neighbours of its words. Source files are read with `ast`, never run.
"""

from __future__ import annotations

import ast
import inspect
import os
import platform
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error
from tinygrad_w2v.runtime.files import cache_directory as default_cache_directory
from tinygrad_w2v.word2vec.text.prose import sentences

_FORMAT = 1  # to be raised whenever the same sources would give another text
_SKIPPED = {"test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__"}
_TOPICS = os.path.join("pydoc_data", "topics.py")


def python_docs_path(
    progress: Callable[[int, int], None] | None = None,
    cache_directory: str | os.PathLike[str] | None = None,
) -> Path:
    """Return a text file of the documentation of Python and NumPy, made on the first call.

    It holds the docstrings of the standard library and of NumPy and the topics of ``help()``,
    as lower-case words, one paragraph a line: some 500,000 words, of which about 5,000 different
    ones occur five times or more. Making it takes a few seconds.

    Parameters
    ----------
    progress
        Called with the number of source files read so far and in all.
    cache_directory
        Where the text is kept; by default :func:`tinygrad_w2v.runtime.files.cache_directory`. Its
        name holds the two versions.

    Raises
    ------
    InputError
        If this Python came without source files, or the text cannot be written.
    """
    folder = Path(cache_directory or default_cache_directory())
    versions = f"{platform.python_version()}-numpy-{np.__version__}"
    path = folder / f"python-docs-{_FORMAT}-{versions}.txt"
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the cache folder {folder}: {describe_os_error(error)}; set the cache "
            "directory (TINYGRAD_W2V_CACHE) to a place you may write to"
        ) from error
    roots = [Path(sysconfig.get_path("stdlib")), Path(np.__file__).parent]
    lines = list(_lines(roots, progress))
    if not lines:
        raise InputError(
            f"this Python has no source files with documentation in {roots[0]}; give a text file "
            "of your own"
        )
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"{line}\n" for line in lines)
    return path


def _lines(roots: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[str]:
    """Yield the paragraphs of every docstring below some folders, each docstring once."""
    files = [file for root in roots for file in _source_files(root)]
    seen: set[str] = set()
    for number, file in enumerate(files, start=1):
        for text in _documentation(file):
            if text not in seen:
                seen.add(text)
                yield from sentences(text)
        if progress is not None:
            progress(number, len(files))


def _source_files(root: Path) -> Iterator[Path]:
    for parent, children, names in os.walk(root):
        children[:] = sorted(child for child in children if child not in _SKIPPED)
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))


def _documentation(file: Path) -> Iterator[str]:
    """Yield the documentation in a source file; none if it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in other people's string literals
            tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    is_topics = str(file).endswith(_TOPICS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call) and _name(node.func) == "add_newdoc":
            # NumPy documents what it has written in C by calls of this function.
            yield from map(inspect.cleandoc, _strings(node.args[2:]))
        elif is_topics and isinstance(node, ast.Dict):
            yield from _strings(node.values)


def _strings(nodes: list[ast.expr]) -> Iterator[str]:
    for parent in nodes:
        for node in ast.walk(parent):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""
