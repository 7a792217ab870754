"""Text: files, folders and streams, read in blocks; and the built-in text."""

from tinygrad_w2v.word2vec.text.python_docs import python_docs_path
from tinygrad_w2v.word2vec.text.source import TextPath, TextSource

__all__ = ["TextPath", "TextSource", "python_docs_path"]
