"""Text: files, folders and streams, read in blocks; the built-in text; phrases."""

from tinygrad_w2v.word2vec.text.files import TextPath
from tinygrad_w2v.word2vec.text.phrases import (
    ENGLISH_CONNECTOR_WORDS,
    FrozenPhrases,
    Phrases,
    apply_phrases,
    join_phrases,
    learn_phrases,
)
from tinygrad_w2v.word2vec.text.python_docs import python_docs_path
from tinygrad_w2v.word2vec.text.source import TextSource

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "FrozenPhrases",
    "Phrases",
    "TextPath",
    "TextSource",
    "apply_phrases",
    "join_phrases",
    "learn_phrases",
    "python_docs_path",
]
