"""Doc2Vec: a training of document vectors, and the inference of vectors of new documents."""

from __future__ import annotations

import copy
import itertools
import operator
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import doc2vec
from tinygrad_w2v.models.bags import Bags
from tinygrad_w2v.models.doc2vec import Combine, DocumentWindows, Kind
from tinygrad_w2v.models.windows import Ids, Windows
from tinygrad_w2v.nn import Embedding, Module, Parameter
from tinygrad_w2v.optim import SGD, LinearDecay
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import Progress, Trainer
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus import LINE_END, Corpus, Vocabulary, WindowBatches
from tinygrad_w2v.word2vec.corpus.corpus import as_lines
from tinygrad_w2v.word2vec.corpus.vocabulary import most_frequent
from tinygrad_w2v.word2vec.running import run_training, words_of
from tinygrad_w2v.word2vec.settings import CorpusSettings, Settings
from tinygrad_w2v.word2vec.vectors import KeyedVectors


class TaggedDocument(NamedTuple):
    """A document: its words, and one or more tags, each of which has a vector."""

    words: Sequence[str]
    tags: Sequence[Any]


class DocumentBatches(WindowBatches):
    """The batches of a corpus whose lines are documents with tags.

    Parameters
    ----------
    corpus
        The text; a line is a document.
    tags
        The tags of each line.
    options
        See :class:`WindowBatches`. A word that is alone in its line is not dropped.
    """

    needs_context = False

    def __init__(self, corpus: Corpus, tags: Bags, **options: Any) -> None:
        super().__init__(corpus, **options)
        self.tags = tags

    def batch(self, windows: Windows, lines: Ids) -> DocumentWindows:
        """Return a batch with the documents of its words."""
        text = windows.tokens, windows.left, windows.right, windows.words
        return DocumentWindows(*text, *self.tags.select(lines))


class Doc2Vec:
    """A training of vectors of documents.

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

    Attributes
    ----------
    tags : tuple of str
        The tags in the order of their first document, as strings.
    model : models.Doc2Vec
        The model.

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
        self.settings = chosen = settings or Settings()
        limits = CorpusSettings(min_count=min_count, max_vocab=max_vocab)
        self.tags, self.corpus, bags = _encoded(documents, limits)
        self.model = doc2vec.Doc2Vec(
            self.corpus.vocabulary.counts,
            len(self.tags),
            chosen.dim,
            kind=kind,
            combine=combine,
            words=words,
            window=chosen.window,
            straight_through=chosen.straight_through,
            negative=chosen.negative,
            shared=chosen.shared or None,
            rng=chosen.seed,
        )
        self.model.output.block = chosen.block
        self.sources = [
            DocumentBatches(self.corpus, bags, **self._options(shard=(k, chosen.threads)))
            for k in range(chosen.threads)
        ]
        self.trainer = self._trainer(self.model, self.sources, chosen.epochs)

    def fit(self, *, processes: bool | None = None) -> Progress:
        """Train until the end or a stop; see :meth:`Word2Vec.fit`."""
        return run_training(self.trainer, self.sources, self.settings, processes)

    def infer(
        self, documents: Iterable[Sequence[str]], *, epochs: int | None = None, seed: int = 0
    ) -> npt.NDArray[np.float32]:
        """Return vectors of new documents, which the trained words and output table determine.

        The model is not changed. All documents are trained together, as in :meth:`fit`; the result
        for one of them depends on the others only by the random numbers.

        Parameters
        ----------
        documents
            The words of each document; words outside the vocabulary are ignored.
        epochs
            Passes over the documents; by default those of the training.
        seed
            Of the initial vectors, the subsampling and the negative samples.

        Returns
        -------
        (N, dim)
            Zeros for a document without known words.
        """
        epochs = self.settings.epochs if epochs is None else integer("epochs", epochs, least=1)
        vocabulary = self.corpus.vocabulary
        ids = [vocabulary.ids(words, skip_unknown=True) for words in documents]
        known = [n for n, found in enumerate(ids) if len(found)]
        vectors = np.zeros((len(ids), self.settings.dim), np.float32)
        if not known:
            return vectors
        corpus = Corpus(vocabulary, as_lines([ids[n] for n in known]))
        rng = np.random.default_rng(seed)
        model = copy.copy(self.model)
        dim = self.settings.dim
        model.documents = Embedding(len(known), dim, scale=0.5 / dim, rng=rng)
        model.words, model.output = _frozen(self.model.words), _frozen(self.model.output)
        model.trains_words &= model.kind == "dm"  # DBOW's documents do not depend on its words
        model.output.sampler = copy.copy(self.model.output.sampler)
        model.output.sampler.rng = rng
        tags = Bags(np.arange(len(known)), np.ones(len(known)))
        batches = DocumentBatches(corpus, tags, **self._options(seed=seed))
        with single_threaded_blas():
            self._trainer(model, [batches], epochs).fit(batches, epochs)
        vectors[known] = model.vectors
        return vectors

    @property
    def dv(self) -> KeyedVectors:
        """The vectors of the tags."""
        return KeyedVectors(self.tags, self.model.vectors)

    @property
    def wv(self) -> KeyedVectors:
        """The vectors of the words; InputError if they are not trained."""
        if not self.model.trains_words:
            raise InputError("PV-DBOW trains no word vectors: use words=True")
        vocabulary = self.corpus.vocabulary
        return KeyedVectors(vocabulary.words, self.model.words.weight._data, vocabulary.counts)

    def _options(self, **options: Any) -> dict[str, Any]:
        """Return the options of batches."""
        chosen, is_concat = self.settings, self.model.combine == "concat"
        return {
            "window": chosen.window,
            "batch_tokens": chosen.batch_tokens,
            "sample": chosen.sample,
            "seed": chosen.seed,
            "dynamic": not is_concat,
            **options,
        }

    def _trainer(self, model: Any, sources: Sequence[WindowBatches], epochs: int) -> Trainer:
        chosen = self.settings
        tables = [p for p in (model.documents.weight, model.words.weight) if p.requires_grad]
        groups = [{"params": tables, "lr": chosen.lr * chosen.input_rate}]
        if model.output.weight.requires_grad:
            groups.append({"params": [model.output.weight]})
        optimizer = SGD(groups, lr=chosen.lr, clip_row=chosen.clip_row or None)
        total = words_of(sources, epochs)
        return Trainer(
            model,
            optimizer,
            schedule=LinearDecay(optimizer, total=total),
            amount=operator.attrgetter("words"),
            predictions=model.predictions,
        )


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


def _frozen(module: Module) -> Any:
    """Return a copy of a module whose own parameters share memory and get no gradient."""
    result: Any = copy.copy(module)
    for name, value in vars(module).items():
        if isinstance(value, Parameter):
            setattr(result, name, Parameter(value.detach(), requires_grad=False))
    return result
