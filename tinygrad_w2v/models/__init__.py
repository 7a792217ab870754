"""The models of word2vec, built from public parts only.

They form a sequence: :class:`OneHotCBOW` (products with one-hot vectors, a full softmax),
``CBOW(loss="softmax")`` (an Embedding instead of the one-hot product),
``CBOW(loss="negative_sampling")``, and :class:`SkipGram`. :class:`FastText` adds subwords,
:class:`Doc2Vec` documents.
"""

from tinygrad_w2v.models.cbow import CBOW
from tinygrad_w2v.models.doc2vec import Doc2Vec, DocumentWindows
from tinygrad_w2v.models.embedding_model import EmbeddingModel
from tinygrad_w2v.models.fasttext import FastText, SubwordEmbedding
from tinygrad_w2v.models.one_hot import OneHotCBOW
from tinygrad_w2v.models.skip_gram import SkipGram
from tinygrad_w2v.models.subwords import Subwords
from tinygrad_w2v.models.windows import Windows, contexts_and_targets

__all__ = [
    "CBOW",
    "Doc2Vec",
    "DocumentWindows",
    "EmbeddingModel",
    "FastText",
    "OneHotCBOW",
    "SkipGram",
    "SubwordEmbedding",
    "Subwords",
    "Windows",
    "contexts_and_targets",
]
