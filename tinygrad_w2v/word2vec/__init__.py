"""Word2vec, built on the framework: text, corpus, settings, training and word vectors."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_w2v.word2vec.corpus import (
        LINE_END,
        Corpus,
        Vocabulary,
        WindowBatches,
        keep_probability,
    )
    from tinygrad_w2v.word2vec.document_vectors import DocumentVectors
    from tinygrad_w2v.word2vec.documents import Doc2Vec, TaggedDocument
    from tinygrad_w2v.word2vec.job import Word2Vec, prepare
    from tinygrad_w2v.word2vec.presets import PRESETS
    from tinygrad_w2v.word2vec.recipe import Recipe
    from tinygrad_w2v.word2vec.settings import CorpusSettings, Settings
    from tinygrad_w2v.word2vec.text import (
        FrozenPhrases,
        Phrases,
        TextSource,
        apply_phrases,
        join_phrases,
        learn_phrases,
        python_docs_path,
    )
    from tinygrad_w2v.word2vec.vectors import (
        KeyedVectors,
        SubwordVectors,
        evaluate_analogies,
        evaluate_pairs,
        load_vectors,
    )
    from tinygrad_w2v.word2vec.watching import WatchNeighbours
    from tinygrad_w2v.word2vec.words import UnknownWordError

# Imported on first use, so that the command line's help loads only the settings.
_MODULES = {
    "word2vec.corpus": ("LINE_END", "Corpus", "Vocabulary", "WindowBatches", "keep_probability"),
    "word2vec.document_vectors": ("DocumentVectors",),
    "word2vec.documents": ("Doc2Vec", "TaggedDocument"),
    "word2vec.job": ("Word2Vec", "prepare"),
    "word2vec.presets": ("PRESETS",),
    "word2vec.recipe": ("Recipe",),
    "word2vec.settings": ("CorpusSettings", "Settings"),
    "word2vec.text": (
        "FrozenPhrases",
        "Phrases",
        "TextSource",
        "apply_phrases",
        "join_phrases",
        "learn_phrases",
        "python_docs_path",
    ),
    "word2vec.watching": ("WatchNeighbours",),
    "word2vec.words": ("UnknownWordError",),
    "word2vec.vectors": (
        "KeyedVectors",
        "SubwordVectors",
        "evaluate_analogies",
        "evaluate_pairs",
        "load_vectors",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"tinygrad_w2v.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "LINE_END",
    "PRESETS",
    "Corpus",
    "CorpusSettings",
    "Doc2Vec",
    "DocumentVectors",
    "FrozenPhrases",
    "KeyedVectors",
    "Phrases",
    "Recipe",
    "Settings",
    "SubwordVectors",
    "TaggedDocument",
    "TextSource",
    "UnknownWordError",
    "Vocabulary",
    "WatchNeighbours",
    "WindowBatches",
    "Word2Vec",
    "apply_phrases",
    "evaluate_analogies",
    "evaluate_pairs",
    "join_phrases",
    "keep_probability",
    "learn_phrases",
    "load_vectors",
    "prepare",
    "python_docs_path",
]
