"""From text to batches: text sources, vocabulary, corpus, subsampling and windows.

Nothing here knows of tensors: batches are plain NumPy arrays of word ids.
"""

from __future__ import annotations

from tinygrad_w2v.data.batches import WindowBatches
from tinygrad_w2v.data.corpus import Corpus
from tinygrad_w2v.data.encoding import LINE_END
from tinygrad_w2v.data.python_docs import python_docs_path
from tinygrad_w2v.data.subsampling import keep_probability
from tinygrad_w2v.data.text import TextSource
from tinygrad_w2v.data.vocabulary import Vocabulary
from tinygrad_w2v.data.windows import Windows, contexts_and_targets
from tinygrad_w2v.errors import UnknownWordError

__all__ = [
    "LINE_END",
    "Corpus",
    "TextSource",
    "UnknownWordError",
    "Vocabulary",
    "WindowBatches",
    "Windows",
    "contexts_and_targets",
    "keep_probability",
    "python_docs_path",
]
