"""Corpus: a text as word ids, its vocabulary, and its batches."""

from tinygrad_w2v.word2vec.corpus.batches import WindowBatches, keep_probability
from tinygrad_w2v.word2vec.corpus.corpus import Corpus
from tinygrad_w2v.word2vec.corpus.stored_ids import LINE_END
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary

__all__ = ["LINE_END", "Corpus", "Vocabulary", "WindowBatches", "keep_probability"]
