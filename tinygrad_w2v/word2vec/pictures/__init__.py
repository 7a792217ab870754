"""Pictures of word vectors: plots, and a page to explore them."""

from tinygrad_w2v.word2vec.pictures.explorer import write_explorer
from tinygrad_w2v.word2vec.pictures.plot import plot_analogies, plot_training, plot_words
from tinygrad_w2v.word2vec.pictures.projection import project

__all__ = ["plot_analogies", "plot_training", "plot_words", "project", "write_explorer"]
