"""docs/coming-from-*.md: both sides run, files are exchanged, and the names in the tables exist.

The other packages' side is tested where they are installed.
"""

from __future__ import annotations

import doctest
import inspect
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.word2vec import Corpus, KeyedVectors, Settings, Word2Vec, load_vectors

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    name: (DOCS / f"coming-from-{name}.md").read_text("utf-8") for name in ("gensim", "fasttext")
}
CORPUS = "cats chase mice\ndogs chase cats\nmice eat cheese\n" * 50


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)


def ours(page: str) -> dict[str, Any]:
    """Run this package's side, lines that the doctests skip included; return its names."""
    names: dict[str, Any] = {}
    for block in blocks(page):
        for example in doctest.DocTestParser().get_examples(block):
            exec(compile(example.source, "page", "exec"), names)
    return names


def theirs(page: str) -> dict[str, Any]:
    """Run the other package's side; return its names."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in blocks(page):
            if not block.startswith(">>>"):
                exec(compile(block, "page", "exec"), names)
    return names


def section(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def cells(page: str, title: str, column: int) -> list[str]:
    """Return the code in a column of the tables of a section."""
    rows = [line for line in section(page, title).splitlines() if line.startswith("| `")]
    return [code for row in rows for code in re.findall(r"`([^`]*)`", row.split(" | ")[column])]


@pytest.mark.parametrize("name", PAGES)
def test_own_side_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    vectors = ours(PAGES[name])["vectors"]
    (file,) = tmp_path.glob("*.bin")
    np.testing.assert_array_equal(load_vectors(file)["cats"], vectors["cats"])


@pytest.mark.parametrize("name", PAGES)
def test_settings_exist(name: str) -> None:
    known = {name for f in (Settings, Corpus.from_text, Word2Vec) for name in parameters(f)}
    used = [
        argument
        for cell in cells(PAGES[name], "Settings", 1)
        for argument in re.findall(r"(\w+)=", cell)
    ]
    assert len(used) > 5
    assert not {*used} - known


def test_methods_named_like_gensims_exist() -> None:
    listed = named_alike()
    assert len(listed) > 25
    assert [name for name in listed if not callable(getattr(KeyedVectors, name, None))] == []


def named_alike() -> list[str]:
    before_table = section(PAGES["gensim"], "Vectors").partition("and the attributes")[0]
    return re.findall(r"`([a-z_]+\w*)`", before_table)


def test_gensims_side_writes_the_same_files(tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("gensim")
    monkeypatch.chdir(tmp_path)
    model = theirs(PAGES["gensim"])["model"]
    read = KeyedVectors.load("vectors.bin")
    np.testing.assert_array_equal(read["mice"], model.wv["mice"])
    for name, arguments in {
        "similarity": ("cats", "mice"),
        "doesnt_match": (["cats", "mice", "cheese"],),
        "rank": ("cats", "cheese"),
        "closer_than": ("cats", "mice"),
    }.items():
        found, expected = (getattr(each, name)(*arguments) for each in (read, model.wv))
        assert found == pytest.approx(expected) if name == "similarity" else found == expected


def test_every_public_name_of_gensims_vectors_is_on_the_page() -> None:
    gensim = pytest.importorskip("gensim.models")
    public = [name for name in dir(gensim.KeyedVectors) if not name.startswith("_")]
    missing = [name for name in public if name not in PAGES["gensim"]]
    assert missing == []
    assert [name for name in named_alike() if name not in public] == []


def test_gensims_settings_exist() -> None:
    gensim = pytest.importorskip("gensim.models")
    known = parameters(gensim.Word2Vec)
    named = re.findall(
        r"`(\w+)=[\w.-]+`", "\n".join(f"`{c}`" for c in cells(PAGES["gensim"], "Settings", 0))
    )
    assert len(named) > 8
    assert not {*named} - {*known}


def test_fasttexts_side_writes_the_same_files(tmp_path: Path, monkeypatch: Any) -> None:
    fasttext = pytest.importorskip("fasttext")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.txt").write_text(CORPUS, encoding="utf-8")
    model = theirs(PAGES["fasttext"])["model"]
    read = load_vectors("model.bin")
    assert_same_direction(read["catsup"], model.get_word_vector("catsup"))
    assert_same_direction(
        read.get_mean_vector(["cats", "chase"]), model.get_sentence_vector("cats chase")
    )
    answers = read.most_similar(positive=["cats", "mice"], negative=["dogs"], topn=2)
    expected = model.get_analogies("cats", "dogs", "mice", 2)
    assert [word for word, _ in answers] == [word for _, word in expected]
    vectors = ours(PAGES["fasttext"])["vectors"]
    assert_same_direction(
        fasttext.load_model("model.bin").get_word_vector("catsup"), vectors["catsup"]
    )


def assert_same_direction(a: Any, b: Any) -> None:
    """Compare unit vectors: some versions of fastText return them."""
    np.testing.assert_allclose(a / np.linalg.norm(a), b / np.linalg.norm(b), rtol=1e-4, atol=1e-6)


def test_pytorch_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    program = blocks((DOCS / "coming-from-pytorch.md").read_text("utf-8"))[0]
    source = "".join(each.source for each in doctest.DocTestParser().get_examples(program))
    for module in ("tinygrad_w2v", "torch"):
        exec(source.replace("import tinygrad_w2v as torch", f"import {module} as torch"), {})
    first, second = capsys.readouterr().out.split()
    assert first == second


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)
