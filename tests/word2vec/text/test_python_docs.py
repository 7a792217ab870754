from __future__ import annotations

import sysconfig

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.text import python_docs, python_docs_path

SOURCES = {
    "stdlib/a.py": '"""The module called a."""\nclass A:\n    """The class called a."""\n',
    "stdlib/b/c.py": (
        'def f():\n    """The function called f."""\n    "no docstring at all"\n'
        'async def g():\n    """The module called a."""\n'
    ),
    "stdlib/odd.py": '"""An odd escape sequence."""\nx = "\\d"\n',
    "stdlib/broken.py": '"""A file with an error."""\nx = = 1\n',
    "stdlib/nul.py": '"""A file with a nul."""\n\0\n',
    "stdlib/pydoc_data/topics.py": 'topics = {"if": "The topic about if"}\n',
    "stdlib/test/t.py": '"""The module with tests."""\n',
    "stdlib/site-packages/s.py": '"""The module of others."""\n',
    "numpy/__init__.py": 'add_newdoc("numpy", "array", "The array made in c.")\n',
    "numpy/docs.py": (
        'add_newdoc("numpy", "x", [("T", "The transpose of x.")])\nopen("no doc at all")\n'
    ),
}


@pytest.fixture
def sources(tmp_path, monkeypatch):
    for name, content in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / name))
    monkeypatch.setattr(np, "__file__", str(tmp_path / "numpy" / "__init__.py"))
    return tmp_path


def test_text_has_every_docstring_once_and_topics(sources):
    path = python_docs_path(cache_directory=sources / "cache")
    assert path.read_text().splitlines() == [
        "the module called a",
        "the class called a",
        "an odd escape sequence",
        "the function called f",
        "the topic about if",
        "the array made in c",
        "the transpose of x",
    ]


def test_file_name_contains_versions(sources):
    name = python_docs_path(cache_directory=sources / "cache").name
    assert np.__version__ in name
    assert python_docs.platform.python_version() in name


def test_text_is_created_once(sources):
    calls = []
    paths = [
        python_docs_path(lambda *numbers: calls.append(numbers), sources / "cache")
        for _ in range(2)
    ]
    assert paths[0] == paths[1]
    assert calls == [(n, 8) for n in range(1, 9)]


def test_default_directory_is_user_cache(sources, monkeypatch):
    monkeypatch.setenv("TINYGRAD_W2V_CACHE", str(sources / "home"))
    assert python_docs_path().parent == sources / "home"


def test_python_without_sources_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "none"))
    monkeypatch.setattr(np, "__file__", str(tmp_path / "none" / "numpy.zip"))
    with pytest.raises(InputError, match=r"^this Python has no source files .*; give a text file"):
        python_docs_path(cache_directory=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_uncreatable_cache_directory_is_reported(sources):
    with pytest.raises(
        InputError, match=r"^cannot create the cache folder .*: Not a directory; set"
    ):
        python_docs_path(cache_directory=sources / "stdlib" / "a.py" / "cache")


# --- prose of docstrings --------------------------------------------------------------------------


def prose(text: str) -> list[str]:
    return list(python_docs.sentences(text))


def test_paragraph_becomes_line_of_lower_case_words():
    assert prose("Return the SUM,\nor 0.5 if (empty).\n\nNever fails at all!") == [
        "return the sum or if empty",
        "never fails at all",
    ]


def test_names_are_not_split():
    text = "Calls obj.__init__ on numpy.array, `isn't` a *built-in* 'str', x2_y."
    assert prose(text) == [
        "calls obj.__init__ on numpy.array isn't a built-in str x2_y",
    ]


def test_doctests_are_removed():
    assert prose("Add two numbers.\n\n>>> add(1,\n...     2)\nthree is it\n\nEnd of the text.") == [
        "add two numbers",
        "end of the text",
    ]


def test_literal_blocks_are_removed():
    assert prose(
        "An example is this::\n\n    for x in y:\n\n        go on now\n\nMore text here."
    ) == [
        "an example is this",
        "more text here",
    ]


def test_headings_are_removed():
    assert prose("Some longer parameters\n-----------\na : array_like\n    The input.") == [
        "a array_like the input"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "+-----+-----+",
        "| a word | another word |",
        "name    type    meaning",
        "===== ===== =====",
        ".. note this is markup",
        "funcdef ::= the grammar of it",
        "https://example.org/some/path-of-words",
        "write to someone@example.org",
        "a b",
    ],
)
def test_other_markup_is_removed(line):
    assert prose(line) == []


def test_list_items_become_lines():
    assert prose("* the first item\n  goes on\n* the second item") == [
        "the first item goes on",
        "the second item",
    ]


def test_roles_are_removed_and_names_kept():
    assert prose("See :func:`open` and :c:data:`errno`.") == ["see open and errno"]
