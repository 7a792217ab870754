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


def test_the_docs_are_every_docstring_once_and_the_topics(sources):
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


def test_the_files_name_holds_the_versions(sources):
    name = python_docs_path(cache_directory=sources / "cache").name
    assert np.__version__ in name
    assert python_docs.platform.python_version() in name


def test_the_text_is_made_only_once(sources):
    calls = []
    paths = [
        python_docs_path(lambda *numbers: calls.append(numbers), sources / "cache")
        for _ in range(2)
    ]
    assert paths[0] == paths[1]
    assert calls == [(n, 8) for n in range(1, 9)]


def test_without_a_directory_the_users_cache_is_taken(sources, monkeypatch):
    monkeypatch.setenv("TINYGRAD_W2V_CACHE", str(sources / "home"))
    assert python_docs_path().parent == sources / "home"


def test_a_python_without_sources_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "none"))
    monkeypatch.setattr(np, "__file__", str(tmp_path / "none" / "numpy.zip"))
    with pytest.raises(InputError, match=r"^this Python has no source files .*; give a text file"):
        python_docs_path(cache_directory=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_directory_that_cannot_be_made_is_reported(sources):
    with pytest.raises(InputError, match=r"^cannot make the cache folder .*: Not a directory; set"):
        python_docs_path(cache_directory=sources / "stdlib" / "a.py" / "cache")
