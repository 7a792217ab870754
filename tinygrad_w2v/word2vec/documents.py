"""Doc2Vec: a training of document vectors."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.bags import Bags
from tinygrad_w2v.models.doc2vec import Combine, Kind
from tinygrad_w2v.training import Progress
from tinygrad_w2v.word2vec.corpus import LINE_END, Corpus, Vocabulary
from tinygrad_w2v.word2vec.corpus.corpus import as_lines
from tinygrad_w2v.word2vec.corpus.vocabulary import most_frequent
from tinygrad_w2v.word2vec.document_vectors import DocumentBatches, DocumentVectors
from tinygrad_w2v.word2vec.running import run_training
from tinygrad_w2v.word2vec.settings import CorpusSettings, Settings


class TaggedDocument(NamedTuple):
    """A document: its words, and one or more tags, each of which has a vector."""

    words: Sequence[str]
    tags: Sequence[Any]


class Doc2Vec(DocumentVectors):
    """A training of vectors of documents; its attributes include those of DocumentVectors.

    Parameters
    ----------
    documents
        For each document its words, or an object with `words` and `tags`, such as
        :class:`TaggedDocument`. Without tags, a document's tag is its number, from 0. A document
        may be given as several with the same tag.
    settings
        Hyperparameters; `model`, `subwords` and `whiten` are ignored.
    kind, combine, words
        See :class:`models.Doc2Vec`: ``"dm"`` (PV-DM) or ``"dbow"`` (PV-DBOW), how PV-DM combines
        vectors, and whether PV-DBOW trains word vectors.
    min_count, max_vocab
        See :meth:`Vocabulary.from_counts`.

    Examples
    --------
    >>> cats = "the cat sat on the mat and the cat slept".split()
    >>> stocks = "stocks fell and bonds rose as stocks were sold".split()
    >>> settings = Settings(dim=8, epochs=60, sample=0, seed=3)
    >>> job = Doc2Vec([cats, stocks], settings, kind="dbow", min_count=1)
    >>> _ = job.fit()
    >>> vector = job.infer(["the cat slept on the mat".split()])[0]
    >>> vector @ job.dv["0"] > vector @ job.dv["1"]
    np.True_
    """

    def __init__(
        self,
        documents: Iterable[Any],
        settings: Settings | None = None,
        *,
        kind: Kind = "dm",
        combine: Combine = "mean",
        words: bool = False,
        min_count: int = CorpusSettings.min_count,
        max_vocab: int | None = CorpusSettings.max_vocab,
    ) -> None:
        chosen = settings or Settings()
        limits = CorpusSettings(min_count=min_count, max_vocab=max_vocab)
        tags, self.corpus, bags = _encoded(documents, limits)
        options: Any = {"kind": kind, "combine": combine, "words": words}
        super().__init__(tags, self.corpus.vocabulary, chosen, **options)
        self.sources = [
            DocumentBatches(self.corpus, bags, **self._options(shard=(k, chosen.threads)))
            for k in range(chosen.threads)
        ]
        self.trainer = self._trainer(self.model, self.sources, chosen.epochs)

    def fit(self, *, processes: bool | None = None) -> Progress:
        """Train until the end or a stop; see :meth:`Word2Vec.fit`."""
        return run_training(self.trainer, self.sources, self.settings, processes)


def _encoded(
    documents: Iterable[Any], settings: CorpusSettings
) -> tuple[tuple[str, ...], Corpus, Bags]:
    """Return the tags, the text with a document in each line, and the tags of each line."""
    index: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    tag_index: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    texts, tags = [], []
    for number, document in enumerate(documents):
        words = getattr(document, "words", document)
        if isinstance(words, str):
            raise InputError(
                f"document {number} is the string {words[:60]!r}: give a list of words"
            )
        texts.append(np.fromiter(map(index.__getitem__, words), np.int32))
        names = getattr(document, "tags", None) or [number]
        tags.append([tag_index[str(name)] for name in names])
    counts = np.bincount(np.concatenate([*texts, np.empty(0, np.int32)]), minlength=len(index))
    words = list(index)
    kept = most_frequent(words, counts, settings, "the list of documents")
    final = np.full(len(words), LINE_END, np.int32)
    final[kept] = np.arange(len(kept), dtype=np.int32)
    vocabulary = Vocabulary([words[n] for n in kept.tolist()], counts[kept])
    texts = [(ids := final[text])[ids != LINE_END] for text in texts]
    filled = [n for n, text in enumerate(texts) if len(text)]
    members = [tags[n] for n in filled]
    bags = Bags(list(itertools.chain.from_iterable(members)), list(map(len, members)))
    return tuple(tag_index), Corpus(vocabulary, as_lines([texts[n] for n in filled])), bags
